/*
Who does the ledger name? One row per vendor; a person under a pseudonym, without number.
*/
with

use_of_vendors as (
    select
        vendor_no,
        count(*) as line_count,
        sum(amount_sek) as amount_sek,
        min(purchase_date) as first_date,
        max(purchase_date) as last_date,
    from work_lines
    group by vendor_no
)

select
    input_vendors.vendor_id,
    input_vendors.vendor_name,
    input_vendors.org_number,
    input_vendors.is_person,
    -- Nobody is to read off who is on the protected list.
    case when input_vendors.person_class = 'P3' then 'P2' else input_vendors.person_class end
        as person_class,
    input_vendors.is_merged,
    input_vendors.is_usable,
    coalesce(use_of_vendors.line_count, 0) as line_count,
    cast(coalesce(use_of_vendors.amount_sek, 0) as decimal(18, 2)) as amount_sek,
    use_of_vendors.first_date,
    use_of_vendors.last_date,
from input_vendors
inner join work_vendors
    on input_vendors.vendor_id = work_vendors.vendor_id
left join use_of_vendors
    on work_vendors.vendor_no = use_of_vendors.vendor_no
