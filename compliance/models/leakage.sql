/*
What was bought past a contract that was there: from whom, of what, by whom, and which contract?

The parts in the states `superseded` and `covered_elsewhere`. contract_id is the valid contract of
another supplier that should have been used.
*/
select
    cast(year(purchase_date) as integer) as year,
    vendor_id,
    coalesce(category_code, '') as category_code,
    department,
    cast(sum(amount_sek) as decimal(18, 2)) as amount_sek,
    contract_id,
from purchases
where state in ('superseded', 'covered_elsewhere')
group by year(purchase_date), vendor_id, coalesce(category_code, ''), department, contract_id
