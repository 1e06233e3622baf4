/*
What was reported when the month was closed, and what do today's data and rules say of it?
*/
select
    input_reported.period,
    input_reported.reported_share,
    kpi_monthly.uncovered_share as computed_share,
    kpi_monthly.uncovered_share - input_reported.reported_share as difference,
    input_reported.reported_uncovered_sek,
    kpi_monthly.uncovered_sek as computed_uncovered_sek,
    input_reported.reported_volume_sek,
    kpi_monthly.volume_sek as computed_volume_sek,
    input_reported.rules_digest,
    input_reported.inputs_digest,
    input_reported.closed_at,
from input_reported
left join kpi_monthly
    on input_reported.period = kpi_monthly.period
