/*
What about a vendor should make someone ask who is paid? One row per vendor that is no person, with
what else its org number or its name stands for in the ledger, its supplier's number, and what it
sold without a contract in the last twelve months.

days_known counts from the vendor's first purchase, and is null for one that was there in the
ledger's first year: who is new among them a ledger cannot say. is_under_other_number: the match is
nobody's word; a group of groups.toml and a decision have settled which company sold.
*/
with

names_per_number as (
    select
        org_number,
        count(distinct upper(vendor_name)) as name_count,
    from vendors
    where org_number is not null
    group by org_number
),

-- The order's or the invoice's day may be older than the ledger: not the booking's.
ledger_starts as (
    select coalesce(min(booking_date), min(purchase_date)) as first_day
    from ledger_lines
),

numbers_per_name as (
    select
        upper(vendor_name) as folded_name,
        count(distinct org_number) as number_count,
    from vendors
    where org_number is not null and not is_person
    group by upper(vendor_name)
),

bought as (
    select
        purchases.vendor_id,
        min(purchases.purchase_date) as first_date,
        max(purchases.purchase_date) as purchase_date,
        max(purchases.department) as department,
        sum(purchases.amount_sek) as amount_sek,
        sum(
            case
                when
                    purchases.side = 'uncovered'
                    and purchases.purchase_date > input_build.as_of - interval 12 months
                    then purchases.amount_sek
                else 0
            end
        ) as uncovered_12m_sek,
    from purchases
    cross join input_build
    group by purchases.vendor_id
)

select
    vendors.vendor_id,
    cast(bought.amount_sek as decimal(18, 2)) as amount_sek,
    bought.purchase_date,
    bought.department,
    cast(bought.uncovered_12m_sek as decimal(18, 2)) as uncovered_12m_sek,
    case
        when bought.first_date >= cast(ledger_starts.first_day + interval 12 months as date)
            then cast(date_diff('day', bought.first_date, input_build.as_of) as integer)
    end as days_known,
    coalesce(names_per_number.name_count, 0) as name_count,
    coalesce(numbers_per_name.number_count, 0) as number_count,
    coalesce(
        vendor_matches.outcome = 'matched'
        and vendor_matches.method not in ('group', 'decision')
        and vendors.org_number <> suppliers.org_number,
        false
    ) as is_under_other_number,
from vendors
inner join bought
    on vendors.vendor_id = bought.vendor_id
cross join input_build
cross join ledger_starts
left join names_per_number
    on vendors.org_number = names_per_number.org_number
left join numbers_per_name
    on upper(vendors.vendor_name) = numbers_per_name.folded_name
left join vendor_matches
    on vendors.vendor_id = vendor_matches.vendor_id
left join suppliers
    on vendor_matches.supplier_id = suppliers.supplier_id
where not vendors.is_person and vendors.is_usable
