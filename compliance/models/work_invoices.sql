/*
What does the Peppol invoice behind a posting know? One row per supplier and invoice number. Of two
files with the same number the later invoice counts.
*/
with

invoices_by_age as (
    select
        supplier_org_number,
        invoice_no,
        invoice_date,
        delivery_date,
        contract_ref,
        order_ref,
        row_number() over (
            partition by supplier_org_number, invoice_no
            order by invoice_date desc nulls last, path, contract_ref, order_ref
        ) as place,
    from input_invoices
    where supplier_org_number is not null and invoice_no is not null
)

select
    supplier_org_number,
    invoice_no,
    invoice_date,
    delivery_date,
    contract_ref,
    order_ref,
from invoices_by_age
where place = 1
