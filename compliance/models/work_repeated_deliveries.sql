/*
Which ledger files hold again what another file of their source holds already, under new vouchers or
other days? One row per such file, with the other that holds most of it.

A row is there already when vendor, invoice number, amount, unit and buyer are the same. At least
three rows and half of the file must be: single invoices that are booked twice are a finding
(work_invoice_repeats), and files with the same vouchers or rows are refused before this. Of two
files alike the smaller repeats the larger, and of two of one size that which comes later by name.
*/
with

-- Two columns first: few of all rows are left to be compared in full.
in_several as (
    select
        invoice_no,
        amount_sek,
    from input_postings
    where invoice_no is not null and trim(invoice_no) <> '' and amount_sek <> 0
    group by invoice_no, amount_sek
    having min(file_id) <> max(file_id)
),

invoiced as (
    select
        input_postings.file_id,
        input_postings.invoice_no,
        input_postings.amount_sek,
        coalesce(input_postings.org_number, input_postings.vendor_name, '') as vendor,
        coalesce(input_postings.unit, '') as unit,
        coalesce(input_postings.buyer_id, '') as buyer_id,
        count(*) as row_count,
    from input_postings
    inner join in_several
        on
        input_postings.invoice_no = in_several.invoice_no
        and input_postings.amount_sek = in_several.amount_sek
    group by
        input_postings.file_id,
        input_postings.invoice_no,
        input_postings.amount_sek,
        coalesce(input_postings.org_number, input_postings.vendor_name, ''),
        coalesce(input_postings.unit, ''),
        coalesce(input_postings.buyer_id, '')
),

pairs as (
    select
        invoiced.file_id,
        earlier.file_id as earlier_file_id,
        sum(least(invoiced.row_count, earlier.row_count)) as row_count,
        sum(invoiced.amount_sek * least(invoiced.row_count, earlier.row_count)) as amount_sek,
    from invoiced
    inner join invoiced as earlier
        on
        invoiced.invoice_no = earlier.invoice_no
        and invoiced.amount_sek = earlier.amount_sek
        and invoiced.vendor = earlier.vendor
        and invoiced.unit = earlier.unit
        and invoiced.buyer_id = earlier.buyer_id
        and invoiced.file_id <> earlier.file_id
    group by invoiced.file_id, earlier.file_id
),

repeats as (
    select
        input_source_files.path,
        input_source_files.rows_loaded,
        earlier.path as earlier_path,
        pairs.row_count,
        pairs.amount_sek,
        row_number() over (
            partition by input_source_files.path
            order by pairs.row_count desc, earlier.path
        ) as place,
    from pairs
    inner join input_source_files
        on pairs.file_id = input_source_files.file_id
    inner join input_source_files as earlier
        on
        pairs.earlier_file_id = earlier.file_id
        and input_source_files.source = earlier.source
    where
        pairs.row_count >= 3
        and 2 * pairs.row_count >= input_source_files.rows_loaded
        and (
            input_source_files.rows_loaded < earlier.rows_loaded
            or (
                input_source_files.rows_loaded = earlier.rows_loaded
                and input_source_files.path > earlier.path
            )
        )
)

select
    path,
    earlier_path,
    cast(rows_loaded as bigint) as rows_loaded,
    cast(row_count as bigint) as row_count,
    cast(amount_sek as decimal(18, 2)) as amount_sek,
from repeats
where place = 1
