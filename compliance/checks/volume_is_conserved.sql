-- Every krona that was loaded is exempt, covered or uncovered: none lost, none twice.
with

loaded as (
    select coalesce(sum(amount_sek), 0) as loaded_sek
    from input_postings
),

counted as (
    select coalesce(sum(volume_sek + exempt_sek), 0) as counted_sek
    from kpi_yearly
)

select
    loaded.loaded_sek,
    counted.counted_sek,
from loaded
cross join counted
where loaded.loaded_sek <> counted.counted_sek
