/*
Every posting of the supplier ledger as loaded, with its vendor, category and department.

What looks like personal data in free text, numbers and codes is masked (input_masks: field, value
as delivered, value as published); amounts and dates are untouched.
*/
select
    input_postings.line_id,
    input_postings.file_id,
    cast(input_postings.file_row as integer) as file_row,
    coalesce(voucher_masks.masked, input_postings.voucher_no) as voucher_no,
    coalesce(invoice_masks.masked, input_postings.invoice_no) as invoice_no,
    work_lines.purchase_date,
    work_vendors.vendor_id,
    coalesce(code_masks.masked, input_postings.account_code) as account_code,
    coalesce(account_masks.masked, input_postings.account_name) as account_name,
    work_accounts.category_code,
    work_units.shown_unit as unit,
    work_units.department,
    input_postings.amount_sek,
    coalesce(contract_masks.masked, work_lines.contract_ref) as contract_ref,
    coalesce(text_masks.masked, input_postings.text) as text,
    work_lines.date_source,
    input_postings.booking_date,
    input_postings.invoice_date,
    coalesce(order_masks.masked, work_lines.order_ref) as order_ref,
    coalesce(counterparty_masks.masked, input_postings.counterparty_code) as counterparty_code,
from input_postings
inner join work_lines
    on input_postings.line_id = work_lines.line_id
left join work_vendors
    on work_lines.vendor_no = work_vendors.vendor_no
left join work_accounts
    on work_lines.account_no = work_accounts.account_no
left join work_units
    on work_lines.unit_no = work_units.unit_no
left join input_masks as voucher_masks
    on input_postings.voucher_no = voucher_masks.value and voucher_masks.field = 'voucher_no'
left join input_masks as invoice_masks
    on input_postings.invoice_no = invoice_masks.value and invoice_masks.field = 'invoice_no'
left join input_masks as code_masks
    on input_postings.account_code = code_masks.value and code_masks.field = 'account_code'
left join input_masks as account_masks
    on input_postings.account_name = account_masks.value and account_masks.field = 'account_name'
left join input_masks as contract_masks
    on work_lines.contract_ref = contract_masks.value and contract_masks.field = 'contract_ref'
left join input_masks as order_masks
    on work_lines.order_ref = order_masks.value and order_masks.field = 'order_ref'
left join input_masks as counterparty_masks
    on
    input_postings.counterparty_code = counterparty_masks.value
    and counterparty_masks.field = 'counterparty_code'
left join input_masks as text_masks
    on input_postings.text = text_masks.value and text_masks.field = 'text'
