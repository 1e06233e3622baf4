/*
Which number stands for a vendor in the joins below, and what is its real org number? One row per
vendor. The real number (a sole trader's too) is needed to find invoices and to test exclusions by
counterparty; it is never published.
*/
select
    cast(row_number() over (order by input_vendors.vendor_id) as integer) as vendor_no,
    input_vendors.vendor_id,
    input_vendors.vendor_name,
    input_vendor_protected.org_number as real_org_number,
    input_vendors.is_person,
    input_vendors.is_usable,
from input_vendors
left join input_vendor_protected
    on input_vendors.vendor_id = input_vendor_protected.vendor_id
