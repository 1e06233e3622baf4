/*
What should someone mend in the contract register?
*/
select distinct
    cast(input_register_hygiene.row as integer) as register_row,
    input_register_hygiene."check" as check_name,
    input_register_hygiene.contract_id,
    coalesce(lot_masks.masked, input_register_hygiene.lot) as lot,
    coalesce(message_masks.masked, input_register_hygiene.message) as message,
    input_register_hygiene.severity,
from input_register_hygiene
left join input_masks as message_masks
    on input_register_hygiene.message = message_masks.value and message_masks.field = 'message'
left join input_masks as lot_masks
    on input_register_hygiene.lot = lot_masks.value and lot_masks.field = 'lot'
