/*
How does each posting stand to each contract lot that its vendor sells, or may sell, under? One row
per posting and lot, tested for date, scope and unit; a posting without any has one row, of no lot.
Read through, never stored.

`standing` says how it stands, best first; the states follow from it:

    0  fits, and is valid on the date
    1  fits, and the date is in the tail
    2  is valid and the scope holds or cannot be tested, but the unit is not entitled
    3  is valid, but the scope does not hold
    4  fits, but the date is after the tail
    5  fits, but the date is before the first day

A lot fits when the unit is entitled and its scope holds or cannot be tested. A posting that names
the contract does without the scope test, while the lot is valid and in its tail: the name on an
invoice that comes ten days late says as much as on one that comes in time.

narrowness is 100 less the length of the scope's longest prefix that holds, 101 when the scope
cannot be tested, and 102 when it does not hold.
*/
with

candidates as (
    select
        work_lines.line_id,
        work_lines.vendor_no,
        work_lines.purchase_date,
        work_lines.amount_sek,
        work_lines.is_usable,
        work_lines.has_category,
        work_lines.scope_no,
        work_lines.unit_no,
        work_vendor_contracts.contract_no,
        work_vendor_contracts.is_review,
        work_vendor_contracts.is_only_lot,
        work_lines.purchase_date < work_vendor_contracts.valid_from as is_before,
        work_lines.purchase_date > work_vendor_contracts.last_day as is_after,
        work_lines.purchase_date > work_vendor_contracts.tail_day as is_after_tail,
        coalesce(work_lines.reference_no = work_vendor_contracts.reference_no, false) as is_named,
        not work_vendor_contracts.has_units
        or work_entitlements.contract_no is not null as is_entitled,
        case
            when work_scopes.prefix_length is not null
                then 100 - least(work_scopes.prefix_length, 99)
            when
                (work_vendor_contracts.has_account_scope and work_lines.has_account)
                or (work_vendor_contracts.has_category_scope and work_lines.has_category)
                or (work_vendor_contracts.has_cpv_scope and work_lines.has_cpv)
                then 102
            else 101
        end as narrowness,
    from work_lines
    left join work_vendor_contracts
        on
        -- Null where the vendor is not usable: a null finds nothing.
        case when work_lines.is_usable then work_lines.vendor_no end
        = work_vendor_contracts.vendor_no
        and work_lines.purchase_date >= work_vendor_contracts.identity_from
        and work_lines.purchase_date <= work_vendor_contracts.identity_to
    left join work_scopes
        on
        work_vendor_contracts.contract_no = work_scopes.contract_no
        and work_lines.scope_no = work_scopes.scope_no
    left join work_entitlements
        on
        work_vendor_contracts.contract_no = work_entitlements.contract_no
        and work_lines.unit_no = work_entitlements.unit_no
),

candidates_with_standing as (
    select
        line_id,
        vendor_no,
        purchase_date,
        amount_sek,
        is_usable,
        has_category,
        scope_no,
        unit_no,
        is_only_lot,
        is_review,
        contract_no,
        is_named,
        narrowness,
        not is_before and not is_after as is_valid,
        case
            when contract_no is null then null
            when is_entitled and not is_before and not is_after_tail and is_named
                then case when is_after then 1 else 0 end
            when is_before and is_entitled and narrowness <= 101 then 5
            when is_before then null
            when is_after_tail and is_entitled and narrowness <= 101 then 4
            when is_after_tail then null
            when is_after and is_entitled and narrowness <= 101 then 1
            when is_after then null
            when narrowness = 102 then 3
            when is_entitled then 0
            else 2
        end as standing,
    from candidates
)

select
    line_id,
    vendor_no,
    purchase_date,
    amount_sek,
    is_usable,
    has_category,
    scope_no,
    unit_no,
    is_only_lot,
    -- Nothing is said of a lot that the posting does not stand to.
    case when standing is not null then is_review end as is_review,
    case when standing is not null then contract_no end as contract_no,
    standing,
    is_named and standing <= 1 as is_named,
    narrowness,
    is_valid and not is_review as has_valid_contract,
    not is_review as is_matched,
from candidates_with_standing
