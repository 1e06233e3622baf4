/*
What part of each department's purchases goes to vendors in the own municipality?

A ledger does not say where a vendor is. Who is local is told in rules/groups.toml (kind `local`),
by org number and with dates; without such entries there is no row, rather than a share of zero.
*/
with

local_numbers as (
    select distinct
        org_number,
        coalesce(valid_from, date '0001-01-01') as valid_from,
        coalesce(valid_to, date '9999-12-31') as valid_to,
    from rule_groups
    where kind = 'local'
),

listed as (
    select count(*) as entry_count
    from rule_groups
    where kind = 'local'
),

bought as (
    select
        cast(year(purchases.purchase_date) as integer) as year,
        purchases.department,
        purchases.amount_sek,
        case when local_numbers.org_number is not null then purchases.amount_sek else 0 end
            as local_sek,
    from purchases
    cross join listed
    left join work_vendors
        on purchases.vendor_id = work_vendors.vendor_id
    left join local_numbers
        on
        work_vendors.real_org_number = local_numbers.org_number
        and purchases.purchase_date >= local_numbers.valid_from
        and purchases.purchase_date <= local_numbers.valid_to
    where
        purchases.side <> 'exempt'
        and listed.entry_count > 0
)

select
    year,
    department,
    cast(sum(amount_sek) as decimal(18, 2)) as amount_sek,
    case
        when sum(amount_sek) > 0
            then cast(sum(local_sek) as double) / cast(sum(amount_sek) as double)
    end as local_share,
from bought
group by year, department
