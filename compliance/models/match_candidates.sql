/*
Which suppliers may the vendors in review be?
*/
select
    vendor_id,
    cast(position as integer) as position,
    supplier_id,
    cast(probability as double) as probability,
    evidence,
from input_match_candidates
