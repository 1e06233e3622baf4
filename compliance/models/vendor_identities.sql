/*
When is a vendor which supplier? Only what stands here counts as matched. On one day a vendor is
several where groups.toml says so: a business with several numbers, an affiliate.
*/
select
    vendor_id,
    supplier_id,
    valid_from,
    valid_to,
    method,
from input_vendor_identities
