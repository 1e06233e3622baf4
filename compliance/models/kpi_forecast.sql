/*
Where does the year end, if its remaining months are like those behind us?

Known months count as they are. Each remaining month is taken to have the volume of the same month
a year before, and the share of the last twelve months; low and high take the best and the worst
month of those twelve instead. That is all a ledger knows: no trend is drawn on, and the interval is
wide when months differ. A year without a year behind it has no row; a year that is over no rest.
*/
with

latest as (
    select max(period) as last_month
    from kpi_monthly
),

last_twelve as (
    select
        sum(kpi_monthly.uncovered_sek) as uncovered_sek,
        sum(kpi_monthly.volume_sek) as volume_sek,
        min(kpi_monthly.uncovered_share) as best_share,
        max(kpi_monthly.uncovered_share) as worst_share,
        count(*) as month_count,
    from kpi_monthly
    cross join latest
    where kpi_monthly.period > latest.last_month - interval 12 months
),

known as (
    select
        sum(kpi_monthly.uncovered_sek) as uncovered_sek,
        sum(kpi_monthly.volume_sek) as volume_sek,
        count(*) as month_count,
    from kpi_monthly
    cross join latest
    where date_trunc('year', kpi_monthly.period) = date_trunc('year', latest.last_month)
),

rest as (
    select coalesce(sum(kpi_monthly.volume_sek), 0) as volume_sek
    from kpi_monthly
    cross join latest
    where
        kpi_monthly.period > latest.last_month - interval 12 months
        and date_trunc('year', kpi_monthly.period) < date_trunc('year', latest.last_month)
)

select
    cast(date_trunc('year', latest.last_month) as date) as period,
    known.month_count as known_month_count,
    case
        when known.volume_sek > 0
            then cast(known.uncovered_sek as double) / cast(known.volume_sek as double)
    end as known_share,
    (
        cast(known.uncovered_sek as double)
        + cast(rest.volume_sek as double)
        * cast(last_twelve.uncovered_sek as double) / cast(last_twelve.volume_sek as double)
    )
    / cast(known.volume_sek + rest.volume_sek as double) as forecast_share,
    (
        cast(known.uncovered_sek as double)
        + cast(rest.volume_sek as double) * last_twelve.best_share
    )
    / cast(known.volume_sek + rest.volume_sek as double) as forecast_share_low,
    (
        cast(known.uncovered_sek as double)
        + cast(rest.volume_sek as double) * last_twelve.worst_share
    )
    / cast(known.volume_sek + rest.volume_sek as double) as forecast_share_high,
    rule_targets.target_share,
from latest
cross join last_twelve
cross join known
cross join rest
left join rule_targets
    on year(latest.last_month) = rule_targets.year
where
    last_twelve.month_count = 12
    and last_twelve.volume_sek > 0
    and known.volume_sek + rest.volume_sek > 0
