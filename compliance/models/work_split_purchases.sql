/*
Where might one purchase have been split to stay below the direct-award limit? One row per vendor,
category, department and month with several invoices, each below the limit of the day for the
category's kind. Credit notes take from the sum, and are no invoices.
*/
with

invoices as (
    select
        vendor_id,
        category_code,
        department,
        date_trunc('month', purchase_date) as period,
        coalesce(invoice_no, cast(line_id as varchar)) as invoice_no,
        max(purchase_date) as purchase_date,
        sum(amount_sek) as amount_sek,
    from purchases
    where side = 'uncovered' and category_code is not null and vendor_id is not null
    group by
        vendor_id,
        category_code,
        department,
        date_trunc('month', purchase_date),
        coalesce(invoice_no, cast(line_id as varchar))
),

months as (
    select
        vendor_id,
        category_code,
        department,
        period,
        cast(sum(case when amount_sek > 0 then 1 else 0 end) as bigint) as invoice_count,
        max(amount_sek) as largest_sek,
        sum(amount_sek) as amount_sek,
        max(case when amount_sek > 0 then purchase_date end) as purchase_date,
    from invoices
    group by vendor_id, category_code, department, period
)

select
    concat(
        months.vendor_id, '/', months.category_code, '/', coalesce(months.department, ''), '/',
        strftime(months.period, '%Y-%m')
    ) as split_key,
    months.vendor_id,
    months.category_code,
    months.department,
    months.invoice_count,
    cast(months.largest_sek as decimal(18, 2)) as largest_sek,
    cast(months.amount_sek as decimal(18, 2)) as amount_sek,
    months.purchase_date,
    rule_limits.amount_sek as limit_sek,
from months
left join rule_categories
    on months.category_code = rule_categories.category_code
inner join rule_limits
    on
    rule_limits.kind = coalesce(rule_categories.limit_kind, 'direct_award')
    and months.purchase_date >= coalesce(rule_limits.valid_from, date '0001-01-01')
    and months.purchase_date <= coalesce(rule_limits.valid_to, date '9999-12-31')
