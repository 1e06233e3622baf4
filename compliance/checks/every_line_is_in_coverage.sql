-- The parts of a posting add up to it, and every posting has some: no row is lost or doubled.
with

parts as (
    select
        line_id,
        sum(amount_sek) as amount_sek,
        count(*) as part_count,
        max(part) as last_part,
    from coverage
    group by line_id
)

select
    coalesce(input_postings.line_id, parts.line_id) as line_id,
    input_postings.amount_sek,
    parts.amount_sek as parts_sek,
    parts.part_count,
from input_postings
full outer join parts
    on input_postings.line_id = parts.line_id
where
    input_postings.line_id is null
    or parts.line_id is null
    or input_postings.amount_sek <> parts.amount_sek
    or parts.part_count <> parts.last_part
    or parts.part_count > 2
