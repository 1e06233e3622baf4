/*
Which accounts (and their categories and CPV codes) are in scope of a contract lot, and how
narrowly? One row per lot and account in scope, with the length of its longest prefix that holds.

Tested once per distinct prefix and account, not once per posting.
*/
with

prefixes as (
    select distinct
        scheme,
        prefix,
    from input_contract_scopes
),

accounts_in_prefix as (
    select
        prefixes.scheme,
        prefixes.prefix,
        work_accounts.account_no,
    from prefixes
    inner join work_accounts
        on
        starts_with(
            case prefixes.scheme
                when 'account' then nullif(work_accounts.account_code, '')
                when 'category' then work_accounts.category_code
                when 'cpv' then work_accounts.cpv
            end,
            prefixes.prefix
        )
)

select
    work_contracts.contract_no,
    accounts_in_prefix.account_no,
    cast(max(length(accounts_in_prefix.prefix)) as integer) as prefix_length,
from input_contract_scopes
inner join work_contracts
    on
    input_contract_scopes.contract_id = work_contracts.contract_id
    and input_contract_scopes.lot = work_contracts.lot
inner join accounts_in_prefix
    on
    input_contract_scopes.scheme = accounts_in_prefix.scheme
    and input_contract_scopes.prefix = accounts_in_prefix.prefix
group by work_contracts.contract_no, accounts_in_prefix.account_no
