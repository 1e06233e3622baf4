/*
Which ledger rows could not be loaded, and why? Their kronor are in no figure.
*/
select
    file_id,
    cast(file_row as integer) as file_row,
    reason,
    raw,
    "column" as column_name,
    cast(amount_sek as decimal(18, 2)) as amount_sek,
from input_rejected
