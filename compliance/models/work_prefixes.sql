/*
Which accounts does a scope entry of the register hold for? One row per distinct entry (prefix_no)
and scope_no (accounts that no scope entry tells apart) in it.

Tested once per distinct entry and scope_no, not once per contract or posting.
*/
with

prefixes as (
    select distinct
        scheme,
        prefix,
    from input_contract_scopes
),

numbered_prefixes as (
    select
        cast(row_number() over (order by scheme, prefix) as integer) as prefix_no,
        scheme,
        prefix,
        cast(length(prefix) as integer) as prefix_length,
    from prefixes
),

codes as (
    select distinct
        scope_no,
        account_prefix,
        category_prefix,
        cpv_prefix,
    from work_accounts
)

select
    numbered_prefixes.prefix_no,
    numbered_prefixes.scheme,
    numbered_prefixes.prefix,
    numbered_prefixes.prefix_length,
    codes.scope_no,
from numbered_prefixes
inner join codes
    on
    starts_with(
        case numbered_prefixes.scheme
            when 'account' then codes.account_prefix
            when 'category' then codes.category_prefix
            when 'cpv' then codes.cpv_prefix
        end,
        numbered_prefixes.prefix
    )
