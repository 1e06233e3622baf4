/*
What may be bought under each contract lot?
*/
select distinct
    input_contract_scopes.contract_id,
    coalesce(lot_masks.masked, input_contract_scopes.lot) as lot,
    input_contract_scopes.scheme,
    input_contract_scopes.prefix,
from input_contract_scopes
left join input_masks as lot_masks
    on input_contract_scopes.lot = lot_masks.value and lot_masks.field = 'lot'
