/*
What should someone mend in the contract register?
*/
select distinct
    cast(input_register_hygiene.row as integer) as register_row,
    input_register_hygiene."check" as check_name,
    input_register_hygiene.contract_id,
    input_register_hygiene.lot,
    coalesce(input_masks.masked, input_register_hygiene.message) as message,
    input_register_hygiene.severity,
from input_register_hygiene
left join input_masks
    on input_register_hygiene.message = input_masks.value and input_masks.field = 'message'
