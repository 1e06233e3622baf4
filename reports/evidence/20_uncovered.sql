/*
Every posting part without a valid contract in the last twelve months: what the actions and the
largest suppliers are sums of. Asked once; its rows are dealt out by department. Private persons who
are shown together are sums here too (see 10_month.sql), of each month.

title: Uncovered, 12 months
title_sv: Utan avtal, 12 månader
lead: Every posting without a valid contract in the 12 months up to {month_year}; those of private
    persons who are shown together as sums.
lead_sv: Varje kontering utan giltigt avtal under de 12 månaderna till och med {month_year}; de som
    gäller privatpersoner som visas tillsammans som summor.
empty: No postings.
empty_sv: Inga konteringar.
column period: Month | Månad
column purchase_date: Date | Datum
column invoice_no: Invoice | Faktura
column voucher_no: Voucher | Verifikation
column vendor_name: Supplier | Leverantör
column org_number: Org number | Org.nr
column department: Department | Förvaltning
column unit: Unit | Enhet
column account_code: Account | Konto
column category_code: Category | Kategori
column state: Why | Varför
column contract_id: Contract | Avtal
column amount_sek: Kronor | Kronor
column path: File | Fil
column file_row: Row | Rad
*/
with

parts as (
    select
        cast(date_trunc('month', ledger_lines.purchase_date) as date) as period,
        ledger_lines.purchase_date,
        ledger_lines.invoice_no,
        ledger_lines.voucher_no,
        case when vendors.is_merged then 'Privatperson' else vendors.vendor_name end as vendor_name,
        vendors.org_number,
        ledger_lines.department,
        ledger_lines.unit,
        ledger_lines.account_code,
        ledger_lines.category_code,
        coverage.state,
        coverage.contract_id,
        coverage.amount_sek,
        source_files.path,
        ledger_lines.file_row,
        coverage.line_id,
        coverage.part,
        ledger_lines.vendor_id,
        coalesce(vendors.is_merged, false) as is_merged,
    from coverage
    inner join ledger_lines
        on coverage.line_id = ledger_lines.line_id
    inner join vendors
        on ledger_lines.vendor_id = vendors.vendor_id
    inner join source_files
        on ledger_lines.file_id = source_files.file_id
    where
        coverage.side = 'uncovered'
        and ledger_lines.purchase_date >= cast($month as date) - interval 11 months
        and ledger_lines.purchase_date < cast($month as date) + interval 1 month
),

told as (
    select * exclude (vendor_id, is_merged),
    from parts
    where not is_merged
    union all by name
    select
        parts.period,
        parts.department,
        parts.state,
        -- '' is no vendor's name: the reader is told that the sum is unspecified.
        case
            when count(distinct parts.vendor_id) < max(build_info.smallest_group) then ''
            else max(parts.vendor_name)
        end as vendor_name,
        sum(parts.amount_sek) as amount_sek,
    from parts
    cross join build_info
    where parts.is_merged
    group by parts.period, parts.department, parts.state
)

select * exclude (line_id, part),
from told
order by
    department,
    period,
    purchase_date,
    line_id,
    part,
    state
