/*
Why did the year's share change: did each category do better, or was more bought where it is bad?

With w a category's part of the volume and s its uncovered share, before (0) and after (1):

    rate_effect = w1 (s1 - s0)      bought more, or less, on contract within the category
    mix_effect  = (w1 - w0) s0      the purchases moved to, or from, the category

They add up over all categories (purchases without one among them) to the change of uncovered_share.
A category whose volume is not above zero in one of the years has no share of its own there; its
other year's share stands for it, and what credit notes leave uncovered is rate_effect.
*/
with

categories_of_years as (
    select
        period,
        category_code,
    from kpi_category_yearly
    union
    select
        cast(period + interval 1 year as date) as period,
        category_code,
    from kpi_category_yearly
),

compared as (
    select
        categories_of_years.period,
        categories_of_years.category_code,
        cast(coalesce(before.volume_sek, 0) as double)
        / cast(year_before.volume_sek as double) as weight_before,
        cast(coalesce(after.volume_sek, 0) as double)
        / cast(year_after.volume_sek as double) as weight_after,
        before.uncovered_share as share_before,
        after.uncovered_share as share_after,
        cast(coalesce(after.uncovered_sek, 0) as double)
        / cast(year_after.volume_sek as double)
        - cast(coalesce(before.uncovered_sek, 0) as double)
        / cast(year_before.volume_sek as double) as contribution,
    from categories_of_years
    inner join kpi_yearly as year_after
        on categories_of_years.period = year_after.period
    inner join kpi_yearly as year_before
        on categories_of_years.period = cast(year_before.period + interval 1 year as date)
    left join kpi_category_yearly as after -- noqa: RF04
        on
        categories_of_years.period = after.period
        and categories_of_years.category_code is not distinct from after.category_code
    left join kpi_category_yearly as before -- noqa: RF04
        on
        categories_of_years.period = cast(before.period + interval 1 year as date)
        and categories_of_years.category_code is not distinct from before.category_code
    where year_after.volume_sek > 0 and year_before.volume_sek > 0
)

select
    period,
    category_code,
    share_before,
    share_after,
    (weight_after - weight_before) * coalesce(share_before, share_after, 0) as mix_effect,
    contribution - (weight_after - weight_before) * coalesce(share_before, share_after, 0)
        as rate_effect,
from compared
