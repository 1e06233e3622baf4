-- Every row of every file was loaded or rejected, and the rows loaded are the postings.
with

postings as (
    select
        file_id,
        count(*) as line_count,
        sum(amount_sek) as amount_sek,
    from ledger_lines
    group by file_id
),

rejections as (
    select
        file_id,
        count(*) as rejected_count,
    from rejected_rows
    group by file_id
)

select
    source_files.path,
    source_files.rows_read,
    source_files.rows_loaded,
    source_files.rows_rejected,
from source_files
left join postings
    on source_files.file_id = postings.file_id
left join rejections
    on source_files.file_id = rejections.file_id
where
    source_files.rows_read <> source_files.rows_loaded + source_files.rows_rejected
    or source_files.rows_loaded <> coalesce(postings.line_count, 0)
    or source_files.loaded_sek <> coalesce(postings.amount_sek, 0)
    or source_files.rows_rejected <> coalesce(rejections.rejected_count, 0)
