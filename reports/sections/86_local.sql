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
column year: Year | År
column amount_sek: Purchases | Inköp
column local_share: To local suppliers | Till lokala leverantörer
*/
select
    year,
    sum(amount_sek) as amount_sek,
    case
        when sum(amount_sek) filter (local_share is not null) > 0
            then
                sum(cast(amount_sek as double) * local_share)
                / cast(sum(amount_sek) filter (local_share is not null) as double)
    end as local_share,
from local_suppliers
where
    year <= extract(year from cast($month as date))
    and (
        cast($department as varchar) is null
        or department = cast($department as varchar)
    )
group by year
order by year desc
limit 5
