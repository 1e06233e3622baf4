/*
Has a closed month changed since it was reported? Only months whose figure differs today; one that
has no figure any more, or had none, has no difference either. A month before the ledger's first day
is left out: its deliveries were forgotten when their time was over.

nav: Restated
nav_sv: Omräknat
title: Earlier figures that have changed
title_sv: Tidigare siffror som har ändrats
lead: What was reported when the month was closed, beside what the same month gives today.
lead_sv: Vad som redovisades när månaden stängdes, bredvid vad samma månad ger i dag.
empty: No reported month has changed.
empty_sv: Ingen redovisad månad har ändrats.
scope: whole
column period: Month | Månad
column reported_share: Reported | Redovisad
column computed_share: Today | I dag
column difference: Change, percentage points | Ändring, procentenheter
*/
select
    period,
    reported_share,
    computed_share,
    difference,
from kpi_reported
where
    period <= cast($month as date)
    and (
        abs(difference) >= 0.0005
        or (
            (reported_share is null) <> (computed_share is null)
            and period >= (select date_trunc('month', min(first_date)) from source_files)
        )
    )
order by period desc
limit 24
