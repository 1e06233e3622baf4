/*
How near is each category to the direct-award limit in the fiscal year of the month? The whole
municipality's purchases count together; a department's report shows the categories in which it has
bought itself. Counted is all of the year that the database knows, also what came after the month:
the limit holds for the year.

nav: Direct awards
nav_sv: Direktupphandling
title: Direct awards and their limit
title_sv: Direktupphandlingar och gränsen
lead: Purchases without a valid contract and direct awards of the same kind in {fiscal_year}, the
    whole municipality together; the ten that have used most. All that is booked up to {last_day}
    is counted. The vertical line is the limit.
lead_sv: Inköp utan giltigt avtal och direktupphandlingar av samma slag {fiscal_year}, hela kommunen
    tillsammans; de tio som har använt mest. Allt som är bokfört till och med {last_day} räknas.
    Det lodräta strecket är gränsen.
empty: No category has purchases in {fiscal_year} that count against the direct-award limit.
empty_sv: Ingen kategori har inköp {fiscal_year} som räknas mot direktupphandlingsgränsen.
asked: once
*/
with

start_years as (
    select
        fiscal_year_start_month,
        cast(
            extract(year from cast($month as date))
            - case
                when extract(month from cast($month as date)) < fiscal_year_start_month then 1
                else 0
            end as integer
        ) as fiscal_year,
    from build_info
),

this_year as (
    select
        fiscal_year,
        make_date(fiscal_year, fiscal_year_start_month, 1) as first_day,
    from start_years
),

watched as (
    select
        direct_award_watch.fiscal_year,
        direct_award_watch.category_code,
        direct_award_watch.amount_sek,
        direct_award_watch.limit_sek,
        direct_award_watch.is_limit_verified,
        direct_award_watch.used_share,
        direct_award_watch.vendor_count,
        direct_award_watch.documentation_due,
        direct_award_watch.status,
    from direct_award_watch
    inner join this_year
        on direct_award_watch.fiscal_year = this_year.fiscal_year
    where direct_award_watch.amount_sek > 0
),

buyers as (
    select distinct
        purchases.department,
        purchases.category_code,
    from purchases
    cross join this_year
    where
        purchases.department is not null
        and (purchases.side = 'uncovered' or purchases.state = 'direct_award')
        and purchases.purchase_date >= this_year.first_day
        and purchases.purchase_date < this_year.first_day + interval 1 year
),

told as (
    select
        cast(null as varchar) as department,
        watched.*,
    from watched
    union all
    select
        buyers.department,
        watched.*,
    from watched
    inner join buyers
        on watched.category_code = buyers.category_code
)

select
    department,
    fiscal_year,
    category_code,
    amount_sek,
    limit_sek,
    is_limit_verified,
    used_share,
    vendor_count,
    documentation_due,
    status,
    count(*) filter (used_share > 1) over (partition by department) as over_count,
from told
qualify
    row_number() over (
        partition by department
        order by used_share desc nulls last, category_code
    ) <= 10
order by department, used_share desc nulls last, category_code
