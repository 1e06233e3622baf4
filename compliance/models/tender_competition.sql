/*
Do more suppliers bid than before?

One row per year of award (else of publication) and category. The mean is skewed by a few large
procurements, so the median stands beside it. A procurement whose tenders are not told is counted
as a procurement and in no other figure. Shares are of the procurements, or tenders, that are told.

A supplier that bids for three lots gives three tenders: of a procurement in many lots the number of
tenders says more about its lots than about competition, so what a lot got stands beside it.

Series break 2021: until 2020 the national figure counted bidders, from 2021 tenders; the columns
of the year before look back within one series only.
*/
with

counted as (
    select
        cast(year(coalesce(awarded, published)) as integer) as year,
        category_code,
        nullif(lots, 0) as told_lots,
        tenders,
        local_tenders,
        sme_tenders,
    from input_tenders
    where coalesce(awarded, published) is not null
),

by_year as (
    select
        year,
        category_code,
        count(*) as procurement_count,
        cast(median(tenders) as double) as tenders_median,
        cast(sum(tenders) as double)
        / nullif(cast(count(tenders) as double), 0) as tenders_mean,
        cast(sum(case when tenders = 1 then 1 else 0 end) as double)
        / nullif(cast(count(tenders) as double), 0) as single_tender_share,
        cast(sum(case when tenders is not null then local_tenders end) as double)
        / nullif(
            cast(sum(case when local_tenders is not null then tenders end) as double), 0
        ) as local_share,
        cast(sum(case when tenders is not null then sme_tenders end) as double)
        / nullif(
            cast(sum(case when sme_tenders is not null then tenders end) as double), 0
        ) as sme_share,
        cast(sum(told_lots) as bigint) as lot_count,
        cast(sum(case when told_lots is not null then tenders end) as double)
        / nullif(cast(sum(case when tenders is not null then told_lots end) as double), 0)
            as tenders_per_lot,
        case when year < 2021 then 'bidders' else 'tenders' end as series,
    from counted
    group by year, category_code
)

select
    year,
    category_code,
    procurement_count,
    tenders_median,
    tenders_mean,
    single_tender_share,
    local_share,
    sme_share,
    lot_count,
    tenders_per_lot,
    series,
    lag(year) over (
        partition by category_code, series
        order by year
    ) as previous_year,
    lag(tenders_median) over (
        partition by category_code, series
        order by year
    ) as previous_tenders_median,
from by_year
