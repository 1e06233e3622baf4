/*
How many sell each category, how many are new, and how much goes to the largest?

New in a year is a vendor without any posting in the years before it; in the data's first year all
would be new, so the count is null there.
*/
with

bought as (
    select
        purchases.vendor_id,
        purchases.category_code,
        cast(year(purchases.purchase_date) as integer) as year,
        sum(purchases.amount_sek) as amount_sek,
    from purchases
    where purchases.side <> 'exempt' and purchases.category_code is not null
    group by purchases.vendor_id, purchases.category_code, year(purchases.purchase_date)
),

first_years as (
    select
        vendor_id,
        cast(min(year(purchase_date)) as integer) as first_year,
    from ledger_lines
    group by vendor_id
),

data_start as (
    select cast(min(year(purchase_date)) as integer) as first_year
    from ledger_lines
)

select
    bought.year,
    bought.category_code,
    cast(sum(bought.amount_sek) as decimal(18, 2)) as amount_sek,
    count(distinct bought.vendor_id) as vendor_count,
    case
        when bought.year > max(data_start.first_year)
            then
                count(
                    distinct case
                        when first_years.first_year = bought.year then bought.vendor_id
                    end
                )
    end as new_vendor_count,
    case
        when sum(bought.amount_sek) > 0
            then
                cast(max(bought.amount_sek) as double) / cast(sum(bought.amount_sek) as double)
    end as largest_share,
from bought
cross join data_start
left join first_years
    on bought.vendor_id = first_years.vendor_id
group by bought.year, bought.category_code
