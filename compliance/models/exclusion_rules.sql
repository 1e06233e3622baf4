/*
Which postings are no purchases, why, and by whose word? What coverage.rule_id names.
*/
select
    exclusion_id,
    cast(position as integer) as position,
    title,
    title_sv,
    why,
    source,
from rule_exclusions
