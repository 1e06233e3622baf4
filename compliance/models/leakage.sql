/*
What was bought past a contract that was there: from whom, of what, by whom, and which contract?

The parts in the states `superseded` and `covered_elsewhere`. contract_id is the valid contract of
another supplier that should have been used: of several the one with most kronor, then the smallest.
contract_count says how many they are; `purchases` has the kronor of each.
*/
with

passed_by as (
    select
        cast(year(purchase_date) as integer) as year,
        vendor_id,
        category_code,
        department,
        contract_id,
        sum(amount_sek) as amount_sek,
    from purchases
    where state in ('superseded', 'covered_elsewhere')
    group by year(purchase_date), vendor_id, category_code, department, contract_id
),

ranked as (
    select
        passed_by.*,
        row_number() over (
            partition by
                passed_by.year,
                passed_by.vendor_id,
                passed_by.category_code,
                passed_by.department
            order by
                case when passed_by.contract_id is null then 1 else 0 end,
                passed_by.amount_sek desc,
                passed_by.contract_id
        ) as place,
    from passed_by
)

select
    year,
    vendor_id,
    category_code,
    department,
    cast(sum(amount_sek) as decimal(18, 2)) as amount_sek,
    max(case when place = 1 then contract_id end) as contract_id,
    count(contract_id) as contract_count,
from ranked
group by year, vendor_id, category_code, department
