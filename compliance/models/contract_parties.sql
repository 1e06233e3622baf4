/*
Which suppliers may sell under each contract lot, and in which order?
*/
select
    input_contract_parties.contract_id,
    coalesce(lot_masks.masked, input_contract_parties.lot) as lot,
    input_contract_parties.supplier_id,
    cast(min(input_contract_parties.rank) as integer) as rank,
from input_contract_parties
left join input_masks as lot_masks
    on input_contract_parties.lot = lot_masks.value and lot_masks.field = 'lot'
group by
    input_contract_parties.contract_id,
    coalesce(lot_masks.masked, input_contract_parties.lot),
    input_contract_parties.supplier_id
