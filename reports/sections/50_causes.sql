/*
Why did the purchases have no valid contract, and who can do something about it? The parts of the
uncovered kronor, this month and over the last twelve months; they add up to uncovered_sek.

nav: Causes
nav_sv: Orsaker
title: Why the purchases had no valid contract
title_sv: Varför inköpen saknade giltigt avtal
lead: The last 12 months, by who can do something about it.
lead_sv: De senaste 12 månaderna, efter vem som kan göra något åt det.
empty: Nothing was bought without a valid contract in the last 12 months.
empty_sv: Inget köptes utan giltigt avtal de senaste 12 månaderna.
asked: once
*/
with

months as (
    select
        cast(null as varchar) as department,
        period,
        uncovered_sek,
        leakage_sek,
        expired_sek,
        gap_sek,
        ceiling_sek,
        entitlement_sek,
        scope_sek,
        unknown_sek,
    from kpi_monthly
    union all
    select
        department,
        period,
        uncovered_sek,
        leakage_sek,
        expired_sek,
        gap_sek,
        ceiling_sek,
        entitlement_sek,
        scope_sek,
        unknown_sek,
    from kpi_department_monthly
    where department is not null
),

parts as (
    select
        department,
        period,
        uncovered_sek,
        'leakage' as cause,
        leakage_sek as amount_sek,
        1 as cause_position,
    from months
    union all
    select
        department,
        period,
        uncovered_sek,
        'expired' as cause,
        expired_sek as amount_sek,
        2 as cause_position,
    from months
    union all
    select
        department,
        period,
        uncovered_sek,
        'gap' as cause,
        gap_sek as amount_sek,
        3 as cause_position,
    from months
    union all
    select
        department,
        period,
        uncovered_sek,
        'contract' as cause,
        ceiling_sek + entitlement_sek + scope_sek as amount_sek,
        4 as cause_position,
    from months
    union all
    select
        department,
        period,
        uncovered_sek,
        'unknown' as cause,
        unknown_sek as amount_sek,
        5 as cause_position,
    from months
)

select
    department,
    cause,
    coalesce(sum(amount_sek) filter (period = cast($month as date)), 0) as amount_month_sek,
    sum(amount_sek) as amount_12m_sek,
    sum(uncovered_sek) as uncovered_12m_sek,
from parts
where
    period <= cast($month as date)
    and period > cast($month as date) - interval 12 months
group by department, cause, cause_position
having sum(uncovered_sek) <> 0 or sum(amount_sek) <> 0
order by department, cause_position
