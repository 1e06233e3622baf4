/*
From whom is it bought without a contract? The ten largest of the last twelve months, with their
months as a small trend and the state that most of their kronor are in. Spellings of one company
are one row, under the plainest (vendor_companies).

A sum over one or two of the private persons who are shown together would tell who they are. They
are one row when they are at least build_info.smallest_group, and else among the other suppliers.
A month with fewer of them is left out of their row and of its trend; where no line of others
would hide the month's kronor from a subtraction, so is the row. The totals count everybody. With
no row left there is one without a name, for the totals.

nav: Suppliers
nav_sv: Leverantörer
title: The largest suppliers without a valid contract
title_sv: De största leverantörerna utan giltigt avtal
lead: The last 12 months. The postings are in the evidence workbook.
lead_sv: De senaste 12 månaderna. Konteringarna finns i underlaget i Excel.
empty: Nothing was bought without a valid contract in the last 12 months.
empty_sv: Inget köptes utan giltigt avtal de senaste 12 månaderna.
asked: once
*/
with

uncovered as (
    select
        case when not reports.is_whole then purchases.department end as department,
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
    cross join (values (true), (false)) as reports (is_whole)
    left join vendors
        on purchases.vendor_id = vendors.vendor_id
    left join vendor_companies
        on purchases.vendor_name = vendor_companies.vendor_name
    where
        purchases.side = 'uncovered'
        and purchases.purchase_date >= cast($month as date) - interval 11 months
        and purchases.purchase_date < cast($month as date) + interval 1 month
        and (reports.is_whole or purchases.department is not null)
),

vendor_sums as (
    select
        department,
        vendor_name,
        sum(amount_sek) as amount_12m_sek,
        coalesce(sum(amount_sek) filter (is_this_month), 0) as amount_month_sek,
        count(*) as posting_count,
        count(distinct merged_vendor_id) as person_count,
        count(distinct merged_vendor_id) filter (is_this_month) as month_person_count,
        arg_max(category_code, (amount_sek, category_code)) as category_code,
        arg_max(unit, (amount_sek, unit)) as unit,
    from uncovered
    group by department, vendor_name
),

totals as (
    select
        department,
        count(*) as vendor_count,
        sum(amount_month_sek) as total_month_sek,
        sum(amount_12m_sek) as total_12m_sek,
    from vendor_sums
    group by department
),

tellable as (
    select
        vendor_sums.* exclude (amount_month_sek),
        totals.vendor_count,
        case
            when
                vendor_sums.month_person_count = 0
                or vendor_sums.month_person_count >= build_info.smallest_group
                then vendor_sums.amount_month_sek
        end as amount_month_sek,
    from vendor_sums
    inner join totals
        on vendor_sums.department is not distinct from totals.department
    cross join build_info
    where
        vendor_sums.person_count = 0
        or vendor_sums.person_count >= build_info.smallest_group
),

largest as (
    select *
    from tellable
    -- More than the ten of the table: there are others whose month the total adds to its own.
    where amount_month_sek is not null or vendor_count > 10
    qualify
        row_number() over (
            partition by department
            order by amount_12m_sek desc, vendor_name
        ) <= 10
),

states as (
    select
        department,
        vendor_name,
        arg_max(state, (state_sek, state)) as state,
    from (
        select department, vendor_name, state, sum(amount_sek) as state_sek,
        from uncovered
        group by department, vendor_name, state
    ) as state_sums
    group by department, vendor_name
),

trends as (
    select
        department,
        vendor_name,
        array_agg(
            case
                when person_count = 0 or person_count >= build_info.smallest_group
                    then coalesce(month_sek, 0)
            end
            order by month_index
        ) as trend_sek,
    from (
        select
            largest.department,
            largest.vendor_name,
            indices.month_index,
            sum(uncovered.amount_sek) as month_sek,
            count(distinct uncovered.merged_vendor_id) as person_count,
        from largest
        cross join (select unnest(range(12)) as month_index) as indices
        left join uncovered
            on largest.department is not distinct from uncovered.department
            and largest.vendor_name = uncovered.vendor_name
            and indices.month_index = uncovered.month_index
        group by largest.department, largest.vendor_name, indices.month_index
    ) as month_sums
    cross join build_info
    group by department, vendor_name
)

select
    totals.department,
    largest.vendor_name,
    largest.category_code,
    largest.unit,
    states.state,
    trends.trend_sek,
    largest.posting_count,
    largest.amount_month_sek,
    largest.amount_12m_sek,
    totals.vendor_count,
    totals.total_month_sek,
    totals.total_12m_sek,
from totals
left join largest
    on totals.department is not distinct from largest.department
left join states
    on largest.department is not distinct from states.department
    and largest.vendor_name = states.vendor_name
left join trends
    on largest.department is not distinct from trends.department
    and largest.vendor_name = trends.vendor_name
order by totals.department, largest.amount_12m_sek desc, largest.vendor_name
