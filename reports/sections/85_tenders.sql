/*
How many tenders do our procurements attract? The latest year with figures, per category: the forty
with most procurements, and how many others there are.

nav: Tenders
nav_sv: Anbud
title: Competition in our procurements
title_sv: Konkurrensen i våra upphandlingar
lead: Number of tenders per procurement and per lot, the latest year with figures.
lead_sv: Antal anbud per upphandling och per anbudsområde, senaste året med uppgifter.
empty: No procurements are registered, so the number of tenders cannot be shown.
empty_sv: Inga upphandlingar är registrerade, så antalet anbud kan inte visas.
scope: whole
*/
select
    year,
    category_code,
    procurement_count,
    tenders_median,
    tenders_mean,
    tenders_per_lot,
    single_tender_share,
    local_share,
    count(*) over () as category_count,
from tender_competition
where
    year = (
        select max(latest.year)
        from tender_competition as latest
        where latest.year <= extract(year from cast($month as date))
    )
order by procurement_count desc, category_code
limit 40
