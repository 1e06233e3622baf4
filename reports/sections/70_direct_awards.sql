/*
How near is each category to the direct-award limit this year? The whole municipality's purchases
count together; a department's report shows the categories in which it has bought itself.

nav: Direct awards
nav_sv: Direktupphandling
title: Direct awards and their limit
title_sv: Direktupphandlingar och gränsen
lead: Purchases without a contract and direct awards of the same kind in {year}, the whole
    municipality together; the ten that have used most. The vertical line is the limit.
lead_sv: Inköp utan avtal och direktupphandlingar av samma slag {year}, hela kommunen
    tillsammans; de tio som har använt mest. Det lodräta strecket är gränsen.
empty: No category has purchases that count against the direct-award limit.
empty_sv: Ingen kategori har inköp som räknas mot direktupphandlingsgränsen.
*/
select
    direct_award_watch.fiscal_year,
    direct_award_watch.category_code,
    direct_award_watch.amount_sek,
    direct_award_watch.limit_sek,
    direct_award_watch.used_share,
    direct_award_watch.vendor_count,
    direct_award_watch.documentation_due,
    direct_award_watch.status,
    count(*) filter (direct_award_watch.used_share > 1) over () as over_count,
from direct_award_watch
where
    direct_award_watch.amount_sek > 0
    and direct_award_watch.fiscal_year = (
        select max(latest.fiscal_year)
        from direct_award_watch as latest
        where latest.fiscal_year <= extract(year from cast($month as date))
    )
    and (
        cast($department as varchar) is null
        or exists (
            select 1
            from purchases
            where
                purchases.department = cast($department as varchar)
                and purchases.category_code = direct_award_watch.category_code
                and purchases.state in ('no_contract', 'direct_award')
                and purchases.purchase_date >= cast($month as date) - interval 11 months
                and purchases.purchase_date < cast($month as date) + interval 1 month
        )
    )
order by direct_award_watch.used_share desc, direct_award_watch.category_code
limit 10
