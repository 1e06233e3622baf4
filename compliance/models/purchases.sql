/*
Who bought what from whom, when, and how does it stand to the contracts? One row per posting part.

Most vendors are one supplier or none. Of several on one day (groups.toml: a business with several
numbers, an affiliate) the supplier is the one that is a party to the part's contract; else who the
vendor is, before those whose contracts it sells under too.
*/
with

identities as (
    select
        vendor_id,
        supplier_id,
        method,
        coalesce(valid_from, date '0001-01-01') as valid_from,
        coalesce(valid_to, date '9999-12-31') as valid_to,
        count(*) over (partition by vendor_id) as identity_count,
    from vendor_identities
),

only_identities as (
    select *
    from identities
    where identity_count = 1
),

sellers as (
    select
        coverage.line_id,
        coverage.part,
        coalesce(
            min(
                case
                    when identities.method <> 'group' then contract_parties.supplier_id
                end
            ),
            min(contract_parties.supplier_id),
            min(case when identities.method <> 'group' then identities.supplier_id end),
            min(identities.supplier_id)
        ) as supplier_id,
    from identities
    inner join ledger_lines
        on
        identities.vendor_id = ledger_lines.vendor_id
        and ledger_lines.purchase_date >= identities.valid_from
        and ledger_lines.purchase_date <= identities.valid_to
    inner join coverage
        on ledger_lines.line_id = coverage.line_id
    left join contract_parties
        on
        coverage.contract_id = contract_parties.contract_id
        and coverage.lot = contract_parties.lot
        and identities.supplier_id = contract_parties.supplier_id
    where identities.identity_count > 1
    group by coverage.line_id, coverage.part
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
    coalesce(only_identities.supplier_id, sellers.supplier_id) as supplier_id,
    coverage.rule_id,
    coverage.is_decided,
    coverage.is_line_decided,
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
left join only_identities
    on
    ledger_lines.vendor_id = only_identities.vendor_id
    and ledger_lines.purchase_date >= only_identities.valid_from
    and ledger_lines.purchase_date <= only_identities.valid_to
left join sellers
    on coverage.line_id = sellers.line_id and coverage.part = sellers.part
left join suppliers
    on coalesce(only_identities.supplier_id, sellers.supplier_id) = suppliers.supplier_id
