/*
Which category is an account, and when? One row per account of the ledger and stretch of time in
which one rule holds: the longest prefix in rules/categories.toml that is valid then.

An account without a rule has no category; a row without account is the account ''.

Rows that no scope entry of the register can tell apart (same category, same CPV, same longest
account prefix of the register's) share a scope_no: scopes are tested once for each of these.
*/
with

account_codes as (
    select distinct coalesce(account_code, '') as account_code
    from input_postings
),

fitting_rules as (
    select
        account_codes.account_code,
        rule_category_accounts.category_code,
        length(rule_category_accounts.account_prefix) as prefix_length,
        coalesce(rule_category_accounts.valid_from, date '0001-01-01') as valid_from,
        coalesce(rule_category_accounts.valid_to, date '9999-12-31') as valid_to,
    from account_codes
    inner join rule_category_accounts
        on starts_with(account_codes.account_code, rule_category_accounts.account_prefix)
),

first_days as (
    select
        account_code,
        date '0001-01-01' as valid_from,
    from account_codes
    union
    select
        account_code,
        valid_from,
    from fitting_rules
    union
    select
        account_code,
        cast(valid_to + interval 1 day as date) as valid_from,
    from fitting_rules
    where valid_to < date '9999-12-31'
),

stretches as (
    select
        account_code,
        valid_from,
        coalesce(
            cast(
                lead(valid_from) over (partition by account_code order by valid_from)
                - interval 1 day as date
            ),
            date '9999-12-31'
        ) as valid_to,
    from first_days
),

rules_by_length as (
    select
        stretches.account_code,
        stretches.valid_from,
        stretches.valid_to,
        fitting_rules.category_code,
        row_number() over (
            partition by stretches.account_code, stretches.valid_from
            order by fitting_rules.prefix_length desc nulls last, fitting_rules.category_code
        ) as place,
    from stretches
    left join fitting_rules
        on
        stretches.account_code = fitting_rules.account_code
        and stretches.valid_from >= fitting_rules.valid_from
        and stretches.valid_from <= fitting_rules.valid_to
),

register_prefixes as (
    select
        account_codes.account_code,
        max(input_contract_scopes.prefix) as account_prefix,
    from account_codes
    inner join input_contract_scopes
        on
        input_contract_scopes.scheme = 'account'
        and starts_with(account_codes.account_code, input_contract_scopes.prefix)
    group by account_codes.account_code
),

accounts as (
    select
        rules_by_length.account_code,
        rules_by_length.valid_from,
        rules_by_length.valid_to,
        rules_by_length.category_code,
        rule_categories.cpv,
        rules_by_length.account_code <> '' as has_account,
        -- Prefixes of one code are each other's prefixes, so the greatest is the longest.
        coalesce(register_prefixes.account_prefix, '') as account_prefix,
    from rules_by_length
    left join rule_categories
        on rules_by_length.category_code = rule_categories.category_code
    left join register_prefixes
        on rules_by_length.account_code = register_prefixes.account_code
    where rules_by_length.place = 1
)

select
    cast(row_number() over (order by account_code, valid_from) as integer) as account_no,
    cast(
        dense_rank() over (order by has_account, account_prefix, category_code, cpv) as integer
    ) as scope_no,
    account_code,
    valid_from,
    valid_to,
    category_code,
    cpv,
    account_prefix,
from accounts
