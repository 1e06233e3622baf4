/*
Who does the ledger name, in which spellings? One row per distinct name, org number and vendor
number, as delivered: what vendors.py identifies and match/ compares with the register.

`accounts` are the first two digits of the accounts bought on; with `units` they help to tell a
sole trader from a company. Never published: it holds real names of persons.
*/
select
    vendor_name,
    org_number,
    vendor_number,
    count(*) as line_count,
    cast(sum(amount_sek) as decimal(18, 2)) as amount_sek,
    min(coalesce(order_date, invoice_date, booking_date, delivery_date)) as first_date,
    max(coalesce(order_date, invoice_date, booking_date, delivery_date)) as last_date,
    list_sort(array_agg(distinct left(account_code, 2))) as accounts,
    list_sort(array_agg(distinct unit)) as units,
from input_postings
group by vendor_name, org_number, vendor_number
