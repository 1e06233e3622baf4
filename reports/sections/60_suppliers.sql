/*
From whom is it bought without a contract? The ten largest of the last twelve months, with their
months as a small trend and the state that most of their kronor are in. Spellings of one company
are one row, under the plainest (vendor_companies). Private persons who are shown together are one
row when they are at least build_info.smallest_group, and else among the other suppliers, as a sum
over one or two of them would tell who they are.

nav: Suppliers
nav_sv: Leverantörer
title: The largest suppliers without a valid contract
title_sv: De största leverantörerna utan giltigt avtal
lead: The last 12 months. Every posting is in the evidence workbook.
lead_sv: De senaste 12 månaderna. Varje kontering finns i underlaget i Excel.
empty: Nothing was bought without a valid contract in the last 12 months.
empty_sv: Inget köptes utan giltigt avtal de senaste 12 månaderna.
*/
with

uncovered as (
    select
        -- A posting that names nobody is a row too: '' joins below, null would not.
        coalesce(vendor_companies.company_name, purchases.vendor_name, '') as vendor_name,
        case when vendors.is_merged then purchases.vendor_id end as merged_vendor_id,
        purchases.state,
        case when not coalesce(vendors.is_merged, false) then purchases.category_code end
            as category_code,
        case when not coalesce(vendors.is_merged, false) then purchases.unit end as unit,
        purchases.amount_sek,
        purchases.purchase_date >= cast($month as date) as is_this_month,
        11
        - 12
        * (extract(year from cast($month as date)) - extract(year from purchases.purchase_date))
        - (extract(month from cast($month as date)) - extract(month from purchases.purchase_date))
            as month_index,
    from purchases
    left join vendors
        on purchases.vendor_id = vendors.vendor_id
    left join vendor_companies
        on purchases.vendor_name = vendor_companies.vendor_name
    where
        purchases.side = 'uncovered'
        and purchases.purchase_date >= cast($month as date) - interval 11 months
        and purchases.purchase_date < cast($month as date) + interval 1 month
        and (
            cast($department as varchar) is null
            or purchases.department = cast($department as varchar)
        )
),

vendor_sums as (
    select
        vendor_name,
        sum(amount_sek) as amount_12m_sek,
        coalesce(sum(amount_sek) filter (is_this_month), 0) as amount_month_sek,
        count(*) as posting_count,
        -- Its place is after all others, and its kronor among theirs.
        count(distinct merged_vendor_id) > 0
        and count(distinct merged_vendor_id) < max(build_info.smallest_group) as is_too_few,
        arg_max(category_code, (amount_sek, category_code)) as category_code,
        arg_max(unit, (amount_sek, unit)) as unit,
    from uncovered
    cross join build_info
    group by vendor_name
),

vendor_states as (
    select
        vendor_name,
        arg_max(state, (state_sek, state)) as state,
    from (
        select vendor_name, state, sum(amount_sek) as state_sek,
        from uncovered
        group by vendor_name, state
    ) as state_sums
    group by vendor_name
),

vendor_trends as (
    select
        vendor_name,
        array_agg(coalesce(month_sek, 0) order by month_index) as trend_sek,
    from (
        select
            vendor_sums.vendor_name,
            indices.month_index,
            sum(uncovered.amount_sek) as month_sek,
        from vendor_sums
        cross join (select unnest(range(12)) as month_index) as indices
        left join uncovered
            on vendor_sums.vendor_name = uncovered.vendor_name
            and indices.month_index = uncovered.month_index
        group by vendor_sums.vendor_name, indices.month_index
    ) as month_sums
    group by vendor_name
)

select
    vendor_sums.vendor_name,
    vendor_sums.category_code,
    vendor_sums.unit,
    vendor_states.state,
    vendor_trends.trend_sek,
    vendor_sums.posting_count,
    vendor_sums.amount_month_sek,
    vendor_sums.amount_12m_sek,
    count(*) over () as vendor_count,
    sum(vendor_sums.amount_month_sek) over () as total_month_sek,
    sum(vendor_sums.amount_12m_sek) over () as total_12m_sek,
from vendor_sums
inner join vendor_states
    on vendor_sums.vendor_name = vendor_states.vendor_name
inner join vendor_trends
    on vendor_sums.vendor_name = vendor_trends.vendor_name
qualify not vendor_sums.is_too_few or count(*) over () = 1
order by vendor_sums.amount_12m_sek desc, vendor_sums.vendor_name
limit 10
