/*
Which deliveries were read, and what of them could not be used? One row per ledger file that has
postings of the last twelve months or rows that were rejected.

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
select
    path,
    first_date,
    last_date,
    rows_read,
    rows_loaded,
    rows_rejected,
    loaded_sek,
    rejected_sek,
from source_files
where
    last_date is null
    or (
        last_date >= cast($month as date) - interval 11 months
        and first_date < cast($month as date) + interval 1 month
    )
order by last_date desc nulls last, path
