-- What the categories did to a year's change is the year's change, but for rounding.
select
    kpi_change_yearly.period,
    sum(kpi_change_yearly.mix_effect + kpi_change_yearly.rate_effect) as explained,
    max(years.uncovered_share - years_before.uncovered_share) as changed,
from kpi_change_yearly
inner join kpi_yearly as years
    on kpi_change_yearly.period = years.period
inner join kpi_yearly as years_before
    on kpi_change_yearly.period = cast(years_before.period + interval 1 year as date)
group by kpi_change_yearly.period
having
    abs(
        sum(kpi_change_yearly.mix_effect + kpi_change_yearly.rate_effect)
        - max(years.uncovered_share - years_before.uncovered_share)
    ) > 1e-9
