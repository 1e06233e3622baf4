/*
Every month's figures up to the month of the report.

title: Months
title_sv: Månader
lead: Each month's kronor, share, interval and target.
lead_sv: Varje månads kronor, andel, intervall och mål.
empty: No months.
empty_sv: Inga månader.
column period: Month | Månad
column volume_sek: Purchases | Inköp
column covered_sek: On contract | På avtal
column uncovered_sek: Without a valid contract | Utan giltigt avtal
column uncovered_share: Share without | Andel utan
column uncovered_share_low: Lowest | Lägst
column uncovered_share_high: Highest | Högst
column target_share: Target, at most | Mål, högst
column exempt_sek: Not counted | Räknas inte
column is_preliminary: Preliminary | Preliminär
asked: once
*/
select
    cast(null as varchar) as department,
    period,
    volume_sek,
    covered_sek,
    uncovered_sek,
    uncovered_share,
    uncovered_share_low,
    uncovered_share_high,
    target_share,
    exempt_sek,
    is_preliminary,
from kpi_monthly
where period <= cast($month as date)
union all
select
    department,
    period,
    volume_sek,
    covered_sek,
    uncovered_sek,
    uncovered_share,
    uncovered_share_low,
    uncovered_share_high,
    target_share,
    exempt_sek,
    is_preliminary,
from kpi_department_monthly
where
    department is not null
    and period <= cast($month as date)
order by department, period desc
