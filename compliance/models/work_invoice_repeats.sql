/*
Which invoices seem to be booked more than once? One row per vendor, invoice number and amount that
stand on several vouchers.

An invoice is the sum of its postings on one voucher. Vouchers that a credit note takes back again
do not count: what is left must still be at least twice the invoice.
*/
with

vouchers as (
    select
        vendor_id,
        invoice_no,
        voucher_no,
        max(department) as department,
        max(purchase_date) as purchase_date,
        sum(amount_sek) as amount_sek,
    from ledger_lines
    where invoice_no is not null and voucher_no is not null and vendor_id is not null
    group by vendor_id, invoice_no, voucher_no
),

totals as (
    select
        vendor_id,
        invoice_no,
        sum(amount_sek) as total_sek,
    from vouchers
    group by vendor_id, invoice_no
),

repeats as (
    select
        vendor_id,
        invoice_no,
        amount_sek,
        count(*) as voucher_count,
        max(purchase_date) as purchase_date,
        max(department) as department,
    from vouchers
    where amount_sek > 0
    group by vendor_id, invoice_no, amount_sek
)

select
    concat(
        repeats.vendor_id,
        '/',
        repeats.invoice_no,
        '/',
        cast(cast(repeats.amount_sek as decimal(18, 2)) as varchar)
    ) as repeat_key,
    repeats.vendor_id,
    repeats.invoice_no,
    cast(length(repeats.invoice_no) as integer) as number_length,
    cast(repeats.amount_sek as decimal(18, 2)) as amount_sek,
    repeats.voucher_count,
    repeats.purchase_date,
    repeats.department,
from repeats
inner join totals
    on
    repeats.vendor_id = totals.vendor_id
    and repeats.invoice_no = totals.invoice_no
where repeats.voucher_count > 1 and totals.total_sek >= 2 * repeats.amount_sek
