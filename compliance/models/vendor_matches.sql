/*
Which supplier is each vendor? One row per vendor; one that nobody looked at is `none`.
*/
select
    input_vendors.vendor_id,
    input_vendor_matches.supplier_id,
    coalesce(input_vendor_matches.outcome, 'none') as outcome,
    input_vendor_matches.method,
    cast(input_vendor_matches.probability as double) as probability,
    input_vendor_matches.evidence,
from input_vendors
left join input_vendor_matches
    on input_vendors.vendor_id = input_vendor_matches.vendor_id
