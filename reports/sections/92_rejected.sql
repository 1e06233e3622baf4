/*
Which deliveries were read, and what of them could not be used? One row per ledger file that has
postings of the last twelve months or cannot be dated, with the reasons of its first three
rejected rows.

nav: Read in
nav_sv: Inläst
title: What was read and what was rejected
title_sv: Vad som lästes in och vad som avvisades
lead: The ledger files behind the last 12 months. A rejected row is in no figure; its reason
    and its text are kept.
lead_sv: Reskontrafilerna bakom de senaste 12 månaderna. En avvisad rad ingår inte i någon
    siffra; orsaken och texten sparas.
empty: No ledger file has been read.
empty_sv: Ingen reskontrafil har lästs in.
scope: whole
*/
with

reasons as (
    select
        file_id,
        min(file_row, 3) as reject_rows,
        arg_min(reason, file_row, 3) as reject_reasons,
    from rejected_rows
    group by file_id
)

select
    source_files.path,
    source_files.first_date,
    source_files.last_date,
    source_files.rows_read,
    source_files.rows_loaded,
    source_files.rows_rejected,
    source_files.loaded_sek,
    source_files.rejected_sek,
    reasons.reject_rows,
    reasons.reject_reasons,
from source_files
left join reasons
    on source_files.file_id = reasons.file_id
where
    source_files.last_date is null
    or (
        source_files.last_date >= cast($month as date) - interval 11 months
        and source_files.first_date < cast($month as date) + interval 1 month
    )
order by source_files.last_date desc nulls last, source_files.path
