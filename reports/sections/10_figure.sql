/*
The share without a valid contract, month by month up to $month, with twelve-month and
year-to-date sums beside it. The last row is the month of the report, if anybody bought in it;
closed_share is what was reported of the whole municipality when a month was closed.

nav: Figure
nav_sv: Siffran
title: The figure
title_sv: Siffran
lead: Purchases without a valid contract, of all purchases that a contract could cover.
lead_sv: Inköp utan giltigt avtal, av alla inköp som ett avtal kan täcka.
empty: No purchases are booked for {month_year}.
empty_sv: Inga inköp är bokförda för {month_year}.
asked: once
*/
with

buyers as (
    select distinct department
    from kpi_department_monthly
    where department is not null
),

months as (
    select
        cast(null as varchar) as department,
        period,
        volume_sek,
        exempt_sek,
        covered_sek,
        uncovered_sek,
        uncovered_share,
        uncovered_share_low,
        uncovered_share_high,
        target_share,
        unknown_sek,
        is_preliminary,
    from kpi_monthly
    union all
    select
        department,
        period,
        volume_sek,
        exempt_sek,
        covered_sek,
        uncovered_sek,
        uncovered_share,
        uncovered_share_low,
        uncovered_share_high,
        target_share,
        unknown_sek,
        is_preliminary,
    from kpi_department_monthly
    where department is not null
    union all
    -- A month in which others bought: the ledger has been read, and this department bought nothing.
    select
        buyers.department,
        kpi_monthly.period,
        0 as volume_sek,
        0 as exempt_sek,
        0 as covered_sek,
        0 as uncovered_sek,
        null as uncovered_share,
        null as uncovered_share_low,
        null as uncovered_share_high,
        kpi_monthly.target_share,
        0 as unknown_sek,
        kpi_monthly.is_preliminary,
    from kpi_monthly
    cross join buyers
    where
        kpi_monthly.period = cast($month as date)
        and not exists (
            select 1
            from kpi_department_monthly
            where
                kpi_department_monthly.department = buyers.department
                and kpi_department_monthly.period = cast($month as date)
        )
),

-- Of files that hold postings of the month, or of no known one.
rejected as (
    select count(*) as rejected_count
    from rejected_rows
    inner join source_files
        on rejected_rows.file_id = source_files.file_id
    where
        source_files.first_date is null
        or (
            source_files.first_date < cast($month as date) + interval 1 month
            and source_files.last_date >= cast($month as date)
        )
)

select
    department,
    period,
    volume_sek,
    exempt_sek,
    covered_sek,
    uncovered_sek,
    uncovered_share,
    uncovered_share_low,
    uncovered_share_high,
    target_share,
    unknown_sek,
    is_preliminary,
    rejected.rejected_count,
    sum(volume_sek) over twelve_months as volume_12m_sek,
    sum(uncovered_sek) over twelve_months as uncovered_12m_sek,
    sum(volume_sek) over year_to_date as volume_year_sek,
    sum(uncovered_sek) over year_to_date as uncovered_year_sek,
    (
        select kpi_reported.reported_share
        from kpi_reported
        where kpi_reported.period = months.period and months.department is null
    ) as closed_share,
from months
cross join rejected
where period <= cast($month as date)
window
    twelve_months as (
        partition by department
        order by period
        range between interval 11 months preceding and current row
    ),
    year_to_date as (
        partition by department, extract(year from period)
        order by period
    )
order by department, period
