/*
Which category is an account, and when? One row per account of the ledger and stretch of time in
which one rule holds: the longest prefix in rules/categories.toml that is valid then.

An account without a rule has no category; a row without account is the account ''.

Rows that no scope entry of the register can tell apart share a scope_no: scopes are tested once for
each of these. What fits is told by the longest entry of each scheme that does: account_prefix,
category_prefix and cpv_prefix, null where none does.
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

accounts as (
    select
        rules_by_length.account_code,
        rules_by_length.valid_from,
        rules_by_length.valid_to,
        rules_by_length.category_code,
        rule_categories.cpv,
    from rules_by_length
    left join rule_categories
        on rules_by_length.category_code = rule_categories.category_code
    where rules_by_length.place = 1
),

codes as (
    select distinct
        'account' as scheme,
        account_code as code,
    from accounts
    union all
    select distinct
        'category' as scheme,
        category_code as code,
    from accounts
    union all
    select distinct
        'cpv' as scheme,
        cpv as code,
    from accounts
),

entries as (
    select distinct
        scheme,
        prefix,
    from input_contract_scopes
),

longest_entries as (
    select
        codes.scheme,
        codes.code,
        -- Prefixes of one code are each other's prefixes, so the greatest is the longest.
        max(entries.prefix) as longest_prefix,
    from codes
    inner join entries
        on
        codes.scheme = entries.scheme
        and starts_with(codes.code, entries.prefix)
    group by codes.scheme, codes.code
),

accounts_with_prefixes as (
    select
        accounts.*,
        of_account.longest_prefix as account_prefix,
        of_category.longest_prefix as category_prefix,
        of_cpv.longest_prefix as cpv_prefix,
    from accounts
    left join longest_entries as of_account
        on of_account.scheme = 'account' and accounts.account_code = of_account.code
    left join longest_entries as of_category
        on of_category.scheme = 'category' and accounts.category_code = of_category.code
    left join longest_entries as of_cpv
        on of_cpv.scheme = 'cpv' and accounts.cpv = of_cpv.code
)

select
    cast(row_number() over (order by account_code, valid_from) as integer) as account_no,
    cast(
        dense_rank() over (order by account_prefix, category_prefix, cpv_prefix) as integer
    ) as scope_no,
    account_code,
    valid_from,
    valid_to,
    category_code,
    cpv,
    account_prefix,
    category_prefix,
    cpv_prefix,
from accounts_with_prefixes
