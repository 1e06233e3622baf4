/*
What part of the bookkept purchases has the supplier ledger seen? One row per month and purchase
account of the SIE files: the general ledger's sum beside the supplier ledger's.

A purchase account is one that has a category: the rest of the general ledger (debts, wages, taxes)
balances the purchases and says nothing of them.
*/
with

purchase_accounts as (
    select distinct input_sie.account_code
    from input_sie
    inner join rule_category_accounts
        on starts_with(input_sie.account_code, rule_category_accounts.account_prefix)
),

general_months as (
    select
        cast(date_trunc('month', input_sie.month) as date) as period,
        input_sie.account_code,
        sum(input_sie.amount_sek) as general_sek,
    from input_sie
    inner join purchase_accounts
        on input_sie.account_code = purchase_accounts.account_code
    group by cast(date_trunc('month', input_sie.month) as date), input_sie.account_code
),

ledger_months as (
    select
        cast(date_trunc('month', coalesce(booking_date, purchase_date)) as date) as period,
        account_code,
        sum(amount_sek) as ledger_sek,
    from ledger_lines
    group by
        cast(date_trunc('month', coalesce(booking_date, purchase_date)) as date), account_code
)

select
    general_months.period,
    general_months.account_code,
    cast(general_months.general_sek as decimal(18, 2)) as general_sek,
    cast(coalesce(ledger_months.ledger_sek, 0) as decimal(18, 2)) as ledger_sek,
from general_months
left join ledger_months
    on
    general_months.period = ledger_months.period
    and general_months.account_code = ledger_months.account_code
