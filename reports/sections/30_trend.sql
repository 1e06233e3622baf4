/*
Thirty-six months of the figure, its interval and its target; a month without purchases has no row.

nav: Trend
nav_sv: Utveckling
title: The trend over three years
title_sv: Utvecklingen på tre år
lead: Share without a valid contract, per month. The pale band is the interval of uncertainty.
lead_sv: Andel utan giltigt avtal, per månad. Det ljusa bandet är osäkerhetsintervallet.
empty: There is no month with purchases to show yet.
empty_sv: Det finns ännu ingen månad med inköp att visa.
asked: once
*/
select
    cast(null as varchar) as department,
    period,
    volume_sek,
    uncovered_share,
    uncovered_share_low,
    uncovered_share_high,
    target_share,
    is_preliminary,
from kpi_monthly
where
    period <= cast($month as date)
    and period > cast($month as date) - interval 36 months
union all
select
    department,
    period,
    volume_sek,
    uncovered_share,
    uncovered_share_low,
    uncovered_share_high,
    target_share,
    is_preliminary,
from kpi_department_monthly
where
    department is not null
    and period <= cast($month as date)
    and period > cast($month as date) - interval 36 months
order by department, period
