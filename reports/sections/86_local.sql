/*
What part of the purchases goes to suppliers in the municipality? Year by year.

nav: Local
nav_sv: Lokalt
title: Purchases from local suppliers
title_sv: Inköp från lokala leverantörer
lead: Share of all purchases that went to suppliers in the municipality, year by year,
    with all that is booked up to {last_day}.
lead_sv: Andel av alla inköp som gick till leverantörer i kommunen, år för år, med
    allt som är bokfört till och med {last_day}.
empty: It is not known which suppliers are local.
empty_sv: Det är inte känt vilka leverantörer som är lokala.
asked: once
column year: Year | År
column amount_sek: Purchases | Inköp
column local_share: To local suppliers | Till lokala leverantörer
*/
with

amounts as (
    select
        case when not reports.is_whole then local_suppliers.department end as department,
        local_suppliers.year,
        local_suppliers.amount_sek,
        local_suppliers.local_share,
    from local_suppliers
    cross join (values (true), (false)) as reports (is_whole)
    where
        local_suppliers.year <= extract(year from cast($month as date))
        and (reports.is_whole or local_suppliers.department is not null)
)

select
    department,
    year,
    sum(amount_sek) as amount_sek,
    case
        when sum(amount_sek) filter (local_share is not null) > 0
            then
                sum(cast(amount_sek as double) * local_share)
                / cast(sum(amount_sek) filter (local_share is not null) as double)
    end as local_share,
from amounts
group by department, year
qualify
    row_number() over (
        partition by department
        order by year desc
    ) <= 5
order by department, year desc
