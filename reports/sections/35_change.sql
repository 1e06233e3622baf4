/*
Which vendors moved the share since the month before? A vendor's part of the change is its
uncovered share of this month's volume less that of the last month's; the parts add up to the
change of the figure exactly. Spellings of one company are one, as among the suppliers; private
persons who are shown together are left out when they are too few in either month.

nav: Change
nav_sv: Ändring
title: What changed since {previous_month}
title_sv: Vad som ändrades sedan {previous_month}
lead: The suppliers that moved the share most, in percentage points; all of them together make
    up the whole change.
lead_sv: Leverantörerna som påverkade andelen mest, i procentenheter; alla leverantörer
    tillsammans ger hela ändringen.
empty: There is no earlier month to compare with, or no supplier that can be shown moved the share.
empty_sv: Det finns ingen tidigare månad att jämföra med, eller så har ingen leverantör som kan
    visas påverkat andelen.
asked: once
*/
with

two_months as (
    select
        case when not reports.is_whole then purchases.department end as department,
        coalesce(vendor_companies.company_name, purchases.vendor_name) as vendor_name,
        case when vendors.is_merged then purchases.vendor_id end as merged_vendor_id,
        case when not coalesce(vendors.is_merged, false) then purchases.category_code end
            as category_code,
        case when not coalesce(vendors.is_merged, false) then purchases.unit end as unit,
        purchases.side,
        purchases.amount_sek,
        purchases.purchase_date >= cast($month as date) as is_this_month,
    from purchases
    cross join (values (true), (false)) as reports (is_whole)
    left join vendors
        on purchases.vendor_id = vendors.vendor_id
    left join vendor_companies
        on purchases.vendor_name = vendor_companies.vendor_name
    where
        purchases.side <> 'exempt'
        and purchases.purchase_date >= cast($month as date) - interval 1 month
        and purchases.purchase_date < cast($month as date) + interval 1 month
        and (reports.is_whole or purchases.department is not null)
),

volumes as (
    select
        department,
        sum(amount_sek) filter (is_this_month) as this_volume_sek,
        sum(amount_sek) filter (not is_this_month) as previous_volume_sek,
    from two_months
    group by department
),

vendor_months as (
    select
        department,
        vendor_name,
        coalesce(sum(amount_sek) filter (is_this_month), 0) as this_sek,
        coalesce(sum(amount_sek) filter (not is_this_month), 0) as previous_sek,
        count(distinct merged_vendor_id) filter (is_this_month) as this_person_count,
        count(distinct merged_vendor_id) filter (not is_this_month) as previous_person_count,
        arg_max(category_code, (amount_sek, category_code)) as category_code,
        arg_max(unit, (amount_sek, unit)) as unit,
    from two_months
    where side = 'uncovered'
    group by department, vendor_name
),

-- A month's kronor are shown, so that each month needs persons enough.
shown as (
    select vendor_months.*,
    from vendor_months
    cross join build_info
    where
        (this_person_count = 0 or this_person_count >= build_info.smallest_group)
        and (previous_person_count = 0 or previous_person_count >= build_info.smallest_group)
),

contributions as (
    select
        shown.department,
        shown.vendor_name,
        shown.category_code,
        shown.unit,
        shown.this_sek,
        shown.previous_sek,
        cast(shown.this_sek as double) / cast(volumes.this_volume_sek as double)
        - cast(shown.previous_sek as double)
        / cast(volumes.previous_volume_sek as double) as change_share,
    from shown
    inner join volumes
        on shown.department is not distinct from volumes.department
    where
        volumes.this_volume_sek > 0
        and volumes.previous_volume_sek > 0
)

select
    department,
    vendor_name,
    category_code,
    unit,
    this_sek,
    previous_sek,
    change_share,
from contributions
where abs(change_share) >= 0.0005
qualify
    row_number() over (
        partition by department
        order by abs(change_share) desc, vendor_name
    ) <= 6
order by department, abs(change_share) desc, vendor_name
