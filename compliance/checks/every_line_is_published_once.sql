-- ledger_lines and purchases hold the rows of the ledger and of coverage: none lost, none twice.
with

counts as (
    select
        (select count(*) from input_postings) as loaded_count,
        (select count(*) from ledger_lines) as line_count,
        (select count(distinct line_id) from ledger_lines) as distinct_count,
        (select count(*) from coverage) as part_count,
        (select count(*) from purchases) as purchase_count,
)

select
    loaded_count,
    line_count,
    distinct_count,
    part_count,
    purchase_count,
from counts
where
    loaded_count <> line_count
    or line_count <> distinct_count
    or part_count <> purchase_count
