/*
Where is it bought without a contract: in which department or, in a department's own report, in
which unit? This month, the month before, and the last twelve months.

nav: Units
nav_sv: Enheter
title: Where the purchases without a contract are made
title_sv: Var inköpen utan avtal görs
lead: {month_year}, ordered by kronor without a valid contract. The vertical line marks the
    target.
lead_sv: {month_year}, ordnade efter kronor utan giltigt avtal. Det lodräta strecket är målet.
empty: No purchases are booked in the last 12 months.
empty_sv: Inga inköp är bokförda de senaste 12 månaderna.
asked: once
*/
with

postings as (
    select
        case when not reports.is_whole then purchases.department end as department,
        coalesce(case when reports.is_whole then purchases.department else purchases.unit end, '')
            as unit_name,
        purchases.side = 'uncovered' as is_uncovered,
        purchases.amount_sek,
        purchases.purchase_date >= cast($month as date) as is_this_month,
        purchases.purchase_date >= cast($month as date) - interval 1 month
        and purchases.purchase_date < cast($month as date) as is_previous_month,
    from purchases
    cross join (values (true), (false)) as reports (is_whole)
    where
        purchases.side <> 'exempt'
        and purchases.purchase_date >= cast($month as date) - interval 11 months
        and purchases.purchase_date < cast($month as date) + interval 1 month
        and (reports.is_whole or purchases.department is not null)
),

sums as (
    select
        department,
        unit_name,
        coalesce(sum(amount_sek) filter (is_this_month), 0) as volume_sek,
        coalesce(sum(amount_sek) filter (is_this_month and is_uncovered), 0) as uncovered_sek,
        coalesce(sum(amount_sek) filter (is_previous_month), 0) as previous_volume_sek,
        coalesce(sum(amount_sek) filter (is_previous_month and is_uncovered), 0)
            as previous_uncovered_sek,
        sum(amount_sek) as volume_12m_sek,
        coalesce(sum(amount_sek) filter (is_uncovered), 0) as uncovered_12m_sek,
    from postings
    group by department, unit_name
)

select
    department,
    unit_name,
    volume_sek,
    uncovered_sek,
    case
        when volume_sek > 0
            then cast(uncovered_sek as double) / cast(volume_sek as double)
    end as uncovered_share,
    case
        when previous_volume_sek > 0
            then cast(previous_uncovered_sek as double) / cast(previous_volume_sek as double)
    end as previous_share,
    previous_volume_sek,
    volume_12m_sek,
    uncovered_12m_sek,
    case
        when volume_12m_sek > 0
            then cast(uncovered_12m_sek as double) / cast(volume_12m_sek as double)
    end as uncovered_12m_share,
from sums
order by department, uncovered_sek desc, uncovered_12m_sek desc, unit_name
