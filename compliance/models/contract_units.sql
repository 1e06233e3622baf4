/*
Who may call off from each contract lot that is not open to all?
*/
select distinct
    input_contract_units.contract_id,
    input_contract_units.lot,
    coalesce(input_masks.masked, input_contract_units.unit) as unit,
from input_contract_units
left join input_masks
    on input_contract_units.unit = input_masks.value and input_masks.field = 'unit'
