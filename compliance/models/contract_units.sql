/*
Who may call off from each contract lot that is not open to all?
*/
select distinct
    input_contract_units.contract_id,
    coalesce(lot_masks.masked, input_contract_units.lot) as lot,
    coalesce(unit_masks.masked, input_contract_units.unit) as unit,
from input_contract_units
left join input_masks as unit_masks
    on input_contract_units.unit = unit_masks.value and unit_masks.field = 'unit'
left join input_masks as lot_masks
    on input_contract_units.lot = lot_masks.value and lot_masks.field = 'lot'
