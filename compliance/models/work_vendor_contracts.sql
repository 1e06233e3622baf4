/*
Which contract lots might a vendor sell under, and from when to when is it that supplier? One row
per vendor, stretch of identity, and lot of that supplier. A business with several numbers, or an
affiliate, has the lots of several suppliers on one day.

Rows with is_review are what would be so besides if the best candidate of an open match were right.
They never decide the state: they are for uncovered_share_low.

is_only_lot: the vendor has no other row, and its postings nothing to choose between.
*/
with

identities as (
    select
        vendor_id,
        supplier_id,
        coalesce(valid_from, date '0001-01-01') as identity_from,
        coalesce(valid_to, date '9999-12-31') as identity_to,
        false as is_review,
    from input_vendor_identities
    union all
    select
        vendor_id,
        supplier_id,
        coalesce(valid_from, date '0001-01-01') as identity_from,
        coalesce(valid_to, date '9999-12-31') as identity_to,
        true as is_review,
    from input_vendor_reviews
)

select
    work_vendors.vendor_no,
    identities.identity_from,
    identities.identity_to,
    identities.is_review,
    count(*) over (partition by work_vendors.vendor_no) = 1 as is_only_lot,
    work_contracts.contract_no,
    work_contracts.reference_no,
    work_contracts.valid_from,
    work_contracts.last_day,
    work_contracts.tail_day,
    work_contracts.has_units,
    work_contracts.has_account_scope,
    work_contracts.has_category_scope,
    work_contracts.has_cpv_scope,
from identities
inner join work_vendors
    on identities.vendor_id = work_vendors.vendor_id
inner join input_contract_parties
    on identities.supplier_id = input_contract_parties.supplier_id
inner join work_contracts
    on
    input_contract_parties.contract_id = work_contracts.contract_id
    and input_contract_parties.lot = work_contracts.lot
