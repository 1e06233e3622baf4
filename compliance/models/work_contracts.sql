/*
How does a contract lot stand against others, and what can it be tested for? One row per lot.

contract_no numbers the lots in the order in which one is preferred when all else is equal: the
latest valid_from, then the smallest contract_id, then the smallest lot. reference_no numbers the
contracts (all lots share it): that is what a posting can name. shown_lot is what is published as
`lot`: a lot may be named after a person. No two lots share one (input_masks sees to it).
*/
with

schemes as (
    select
        contract_id,
        lot,
        max(case when scheme = 'account' then 1 else 0 end) as has_account_scope,
        max(case when scheme = 'category' then 1 else 0 end) as has_category_scope,
        max(case when scheme = 'cpv' then 1 else 0 end) as has_cpv_scope,
    from input_contract_scopes
    group by contract_id, lot
),

restricted as (
    select distinct
        contract_id,
        lot,
    from input_contract_units
)

select
    cast(
        row_number() over (
            order by
                input_contracts.valid_from desc, input_contracts.contract_id, input_contracts.lot
        ) as integer
    ) as contract_no,
    cast(dense_rank() over (order by upper(trim(input_contracts.contract_id))) as integer)
        as reference_no,
    input_contracts.contract_id,
    input_contracts.lot,
    coalesce(lot_masks.masked, input_contracts.lot) as shown_lot,
    input_contracts.kind,
    input_contracts.valid_from,
    greatest(
        input_contracts.valid_to, coalesce(input_contracts.extended_to, input_contracts.valid_to)
    ) as last_day,
    cast(
        greatest(
            input_contracts.valid_to,
            coalesce(input_contracts.extended_to, input_contracts.valid_to)
        ) + rule_policy.tail_days as date
    ) as tail_day,
    input_contracts.ceiling_sek,
    restricted.contract_id is not null as has_units,
    coalesce(schemes.has_account_scope, 0) = 1 as has_account_scope,
    coalesce(schemes.has_category_scope, 0) = 1 as has_category_scope,
    coalesce(schemes.has_cpv_scope, 0) = 1 as has_cpv_scope,
from input_contracts
cross join rule_policy
left join input_masks as lot_masks
    on input_contracts.lot = lot_masks.value and lot_masks.field = 'lot'
left join schemes
    on
    input_contracts.contract_id = schemes.contract_id
    and input_contracts.lot = schemes.lot
left join restricted
    on
    input_contracts.contract_id = restricted.contract_id
    and input_contracts.lot = restricted.lot
