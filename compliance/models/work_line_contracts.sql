/*
Which contract lot of its supplier does each posting belong to, and how does it stand to it? One
row per posting whose vendor is, or may be, a supplier.

Every lot of the supplier is tested for date, scope and unit, and the best is kept. `standing`
says how it stands, best first; the states follow from it:

    0  fits, and is valid on the date
    1  fits, and the date is in the tail
    2  is valid and the scope holds or cannot be tested, but the unit is not entitled
    3  is valid, but the scope does not hold
    4  fits, but the date is after the tail
    5  fits, but the date is before the first day

A lot fits when the unit is entitled and its scope holds or cannot be tested. A posting that names
the contract does without the scope test, while the lot is valid and in its tail: the name on an
invoice that comes ten days late says as much as on one that comes in time.

Between lots of the same standing: the named one; the narrowest scope (longest prefix, untestable
last, untested because named after that); then contract_no. All four are packed into one number,
`choice`, so that the best is a minimum and no posting is sorted. Lots of a vendor in review (8
added to the standing) come after every other: they are for uncovered_share_low alone.

    choice = ((standing × 2 + unnamed) × 128 + narrowness) × 2^24 + contract_no
    narrowness = 100 − length of the prefix · 101 cannot be tested · 102 does not hold
*/
with

candidates as (
    select
        work_lines.line_id,
        work_vendor_contracts.contract_no,
        work_vendor_contracts.is_review,
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
    inner join work_vendor_contracts
        on
        work_lines.vendor_no = work_vendor_contracts.vendor_no
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
    where work_lines.is_usable
),

candidates_with_standing as (
    select
        line_id,
        contract_no,
        is_review,
        is_named,
        narrowness,
        not is_before and not is_after as is_valid,
        case
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
),

choices as (
    select
        line_id,
        min(
            (
                (
                    (standing + case when is_review then 8 else 0 end) * 2
                    + case when is_named and standing <= 1 then 0 else 1 end
                ) * 128
                + narrowness
            ) * cast(16777216 as bigint)
            + contract_no
        ) as choice,
        max(case when is_valid and not is_review then 1 else 0 end) as has_valid_contract,
        max(case when is_review then 0 else 1 end) as is_matched,
    from candidates_with_standing
    group by line_id
)

select
    line_id,
    choice,
    cast(choice % 16777216 as integer) as contract_no,
    cast(choice // 4294967296 as integer) % 8 as standing,
    choice >= cast(8 as bigint) * 4294967296 as is_review,
    cast(choice // 2147483648 as integer) % 2 = 0 as is_named,
    cast(choice // 16777216 as integer) % 128 as narrowness,
    has_valid_contract = 1 as has_valid_contract,
    is_matched = 1 as is_matched,
from choices
