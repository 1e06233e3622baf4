/*
What is in scope of a contract lot, and how narrowly? One row per lot and scope_no (accounts that no
scope entry tells apart) in scope, with the length of its longest prefix that holds.

Tested once per distinct prefix and scope_no, not once per posting.
*/
with

prefixes as (
    select distinct
        scheme,
        prefix,
    from input_contract_scopes
),

codes as (
    select distinct
        scope_no,
        account_prefix,
        category_code,
        cpv,
    from work_accounts
),

codes_in_prefix as (
    select
        prefixes.scheme,
        prefixes.prefix,
        codes.scope_no,
    from prefixes
    inner join codes
        on
        starts_with(
            case prefixes.scheme
                when 'account' then codes.account_prefix
                when 'category' then codes.category_code
                when 'cpv' then codes.cpv
            end,
            prefixes.prefix
        )
)

select
    work_contracts.contract_no,
    codes_in_prefix.scope_no,
    cast(max(length(codes_in_prefix.prefix)) as integer) as prefix_length,
from input_contract_scopes
inner join work_contracts
    on
    input_contract_scopes.contract_id = work_contracts.contract_id
    and input_contract_scopes.lot = work_contracts.lot
inner join codes_in_prefix
    on
    input_contract_scopes.scheme = codes_in_prefix.scheme
    and input_contract_scopes.prefix = codes_in_prefix.prefix
group by work_contracts.contract_no, codes_in_prefix.scope_no
