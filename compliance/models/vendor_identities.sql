/*
When is a vendor which supplier? Only what stands here counts as matched.
*/
select
    vendor_id,
    supplier_id,
    valid_from,
    valid_to,
    method,
from input_vendor_identities
