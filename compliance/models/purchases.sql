/*
Who bought what from whom, when, and how does it stand to the contracts? One row per posting part.
*/
with

identities as (
    select
        vendor_id,
        min(supplier_id) as supplier_id,
        coalesce(valid_from, date '0001-01-01') as valid_from,
        coalesce(valid_to, date '9999-12-31') as valid_to,
    from vendor_identities
    group by
        vendor_id,
        coalesce(valid_from, date '0001-01-01'),
        coalesce(valid_to, date '9999-12-31')
)

select
    coverage.line_id,
    coverage.part,
    ledger_lines.purchase_date,
    vendors.vendor_name,
    suppliers.supplier_name,
    ledger_lines.account_code,
    ledger_lines.category_code,
    ledger_lines.unit,
    ledger_lines.department,
    coverage.state,
    coverage.side,
    coverage.contract_id,
    coverage.amount_sek,
    coverage.lot,
    ledger_lines.vendor_id,
    identities.supplier_id,
    coverage.rule_id,
    coverage.is_decided,
    coverage.is_named,
    coverage.is_scope_tested,
    coverage.has_valid_contract,
    ledger_lines.invoice_no,
    ledger_lines.contract_ref,
from coverage
inner join ledger_lines
    on coverage.line_id = ledger_lines.line_id
left join vendors
    on ledger_lines.vendor_id = vendors.vendor_id
left join identities
    on
    ledger_lines.vendor_id = identities.vendor_id
    and ledger_lines.purchase_date >= identities.valid_from
    and ledger_lines.purchase_date <= identities.valid_to
left join suppliers
    on identities.supplier_id = suppliers.supplier_id
