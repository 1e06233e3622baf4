-- On one day a vendor is at most one supplier, not counting those that groups.toml sets beside it,
-- and each of all these once.
select
    earlier.vendor_id,
    earlier.supplier_id,
    later.supplier_id as other_supplier_id,
from vendor_identities as earlier
inner join vendor_identities as later
    on
    earlier.vendor_id = later.vendor_id
    and (
        (
            earlier.supplier_id < later.supplier_id
            and earlier.method <> 'group'
            and later.method <> 'group'
        )
        or (
            earlier.supplier_id = later.supplier_id
            and coalesce(earlier.valid_from, date '0001-01-01')
            < coalesce(later.valid_from, date '0001-01-01')
        )
    )
    and coalesce(earlier.valid_from, date '0001-01-01')
    <= coalesce(later.valid_to, date '9999-12-31')
    and coalesce(later.valid_from, date '0001-01-01')
    <= coalesce(earlier.valid_to, date '9999-12-31')
