/*
Which deliveries were read, and did every row and krona come through?
*/
select
    file_id,
    path,
    sha256,
    source,
    cast(rows_read as bigint) as rows_read,
    cast(rows_loaded as bigint) as rows_loaded,
    cast(rows_rejected as bigint) as rows_rejected,
    cast(loaded_sek as decimal(18, 2)) as loaded_sek,
    cast(rejected_sek as decimal(18, 2)) as rejected_sek,
    first_date,
    last_date,
    notes,
    replaced_paths,
    cast(left_out_rows as bigint) as left_out_rows,
    cast(left_out_sek as decimal(18, 2)) as left_out_sek,
from input_source_files
