/*
How many sell each category, how many are new, and how much goes to the largest?

A company is counted once, under however many spellings. New in a year is one without any posting in
the years before it; in the data's first year all would be new, so the count is null there.
*/
with

bought as (
    select
        work_companies.company_key,
        purchases.category_code,
        cast(year(purchases.purchase_date) as integer) as year,
        sum(purchases.amount_sek) as amount_sek,
    from purchases
    left join work_companies
        on purchases.vendor_id = work_companies.vendor_id
    where purchases.side <> 'exempt' and purchases.category_code is not null
    group by work_companies.company_key, purchases.category_code, year(purchases.purchase_date)
),

first_years as (
    select
        work_companies.company_key,
        cast(min(year(ledger_lines.purchase_date)) as integer) as first_year,
    from ledger_lines
    left join work_companies
        on ledger_lines.vendor_id = work_companies.vendor_id
    group by work_companies.company_key
),

-- The order's or the invoice's day may be older than the ledger: not the booking's.
data_start as (
    select cast(year(coalesce(min(booking_date), min(purchase_date))) as integer) as first_year
    from ledger_lines
)

select
    bought.year,
    bought.category_code,
    cast(sum(bought.amount_sek) as decimal(18, 2)) as amount_sek,
    count(distinct bought.company_key) as vendor_count,
    case
        when bought.year > max(data_start.first_year)
            then
                count(
                    distinct case
                        when first_years.first_year = bought.year then bought.company_key
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
    on bought.company_key = first_years.company_key
group by bought.year, bought.category_code
