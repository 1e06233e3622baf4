/*
What may a finding rule ask about one posting part? The wide row of `purchases`, and what takes a
look at a second table: days past the contract's end, the day's holiday, the vendor's history.

A file that knows only months dates its postings to the first of theirs: that 1 May was a holiday
says nothing of them. A posting of such a file on another day has it from an invoice or an order.
*/
with

vendor_history as (
    select
        vendor_id,
        min(purchase_date) as first_date,
    from ledger_lines
    group by vendor_id
),

month_files as (
    select file_id
    from source_files
    where contains(notes, 'dates are the month''s first day')
),

rejected_vendors as (
    select distinct vendor_id
    from vendor_matches
    where method = 'decision' and outcome = 'none'
)

select
    purchases.line_id,
    purchases.part,
    purchases.purchase_date,
    purchases.department,
    purchases.unit,
    purchases.vendor_id,
    purchases.category_code,
    purchases.state,
    purchases.side,
    purchases.amount_sek,
    purchases.contract_id,
    purchases.contract_ref,
    purchases.is_named,
    vendors.is_person,
    vendors.is_usable,
    input_holidays.day is not null
    and (
        month_files.file_id is null
        or purchases.purchase_date > date_trunc('month', purchases.purchase_date)
    )
        as is_public_holiday,
    rejected_vendors.vendor_id is not null as is_rejected_match,
    cast(date_diff('day', contracts.last_day, purchases.purchase_date) as integer)
        as days_past_end,
    cast(date_diff('day', vendor_history.first_date, purchases.purchase_date) as integer)
        as days_known,
from purchases
left join vendors
    on purchases.vendor_id = vendors.vendor_id
left join contracts
    on
    purchases.contract_id = contracts.contract_id
    and purchases.lot = contracts.lot
left join ledger_lines
    on purchases.line_id = ledger_lines.line_id
left join month_files
    on ledger_lines.file_id = month_files.file_id
left join input_holidays
    on purchases.purchase_date = input_holidays.day
left join rejected_vendors
    on purchases.vendor_id = rejected_vendors.vendor_id
left join vendor_history
    on purchases.vendor_id = vendor_history.vendor_id
