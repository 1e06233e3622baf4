-- Departments add up to their month, months to their year, and categories to it as well.
with

by_month as (
    select
        period,
        sum(volume_sek) as volume_sek,
        sum(uncovered_sek) as uncovered_sek,
        sum(exempt_sek) as exempt_sek,
    from kpi_department_monthly
    group by period
),

by_year as (
    select
        cast(date_trunc('year', period) as date) as period,
        sum(volume_sek) as volume_sek,
        sum(uncovered_sek) as uncovered_sek,
        sum(exempt_sek) as exempt_sek,
    from kpi_monthly
    group by cast(date_trunc('year', period) as date)
    union all
    select
        period,
        sum(volume_sek) as volume_sek,
        sum(uncovered_sek) as uncovered_sek,
        sum(exempt_sek) as exempt_sek,
    from kpi_category_yearly
    group by period
    union all
    select
        period,
        sum(volume_sek) as volume_sek,
        sum(uncovered_sek) as uncovered_sek,
        sum(exempt_sek) as exempt_sek,
    from kpi_department_yearly
    group by period
)

select
    kpi_monthly.period,
    kpi_monthly.volume_sek,
    by_month.volume_sek as sum_sek,
from kpi_monthly
left join by_month
    on kpi_monthly.period = by_month.period
where
    kpi_monthly.volume_sek is distinct from by_month.volume_sek
    or kpi_monthly.uncovered_sek is distinct from by_month.uncovered_sek
    or kpi_monthly.exempt_sek is distinct from by_month.exempt_sek
union all
select
    kpi_yearly.period,
    kpi_yearly.volume_sek,
    by_year.volume_sek as sum_sek,
from kpi_yearly
left join by_year
    on kpi_yearly.period = by_year.period
where
    kpi_yearly.volume_sek is distinct from by_year.volume_sek
    or kpi_yearly.uncovered_sek is distinct from by_year.uncovered_sek
    or kpi_yearly.exempt_sek is distinct from by_year.exempt_sek
