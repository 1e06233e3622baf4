-- What the categories did to a year's change is the year's change, but for rounding: of the effects
-- themselves, which are far larger than the change where a year's volume nearly nets to nothing.
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
    )
    > 1e-9 * greatest(
        1.0, sum(abs(kpi_change_yearly.mix_effect) + abs(kpi_change_yearly.rate_effect))
    )
