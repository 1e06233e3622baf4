/*
What about the data may move the figure when it is mended? One row per kind of trouble, a fault of
the contract register per check; errors before warnings, with an example to look at. A posting of
private persons who are shown together is no example: its day and kronor would single one out.

nav: Data
nav_sv: Underlag
title: What in the data may move the figure
title_sv: Brister i underlaget som kan ändra siffran
lead: Each kind of trouble with its rows, its kronor and one example to look at.
lead_sv: Antal rader, belopp och ett exempel att titta på för varje slags brist.
empty: Nothing in the data is known to need mending.
empty_sv: Det finns inga kända brister i underlaget.
scope: whole
*/
with

troubles as (
    select
        name as quality_name,
        case when name = 'register_hygiene' then split_part(example, ':', 1) end as check_name,
        severity,
        sum(row_count) as row_count,
        -- A month's kronor are in its year's too: their sum would be of nothing.
        sum(amount_sek) filter (name <> 'share_outside_0_1') as amount_sek,
        min(example) as example,
    from data_quality
    where severity <> 'info'
    group by all
),

first_rejected as (
    select
        arg_min(source_files.path, place) as path,
        arg_min(rejected_rows.file_row, place) as file_row,
        arg_min(rejected_rows.reason, place) as reason,
    from (
        select
            file_id,
            file_row,
            reason,
            (file_id, file_row) as place,
        from rejected_rows
    ) as rejected_rows
    inner join source_files
        on rejected_rows.file_id = source_files.file_id
),

first_faults as (
    select
        check_name,
        severity,
        min(contract_id) filter (contract_id <> '') as contract_id,
        min(register_row) as register_row,
    from register_hygiene
    group by check_name, severity
)

select
    troubles.quality_name,
    troubles.check_name,
    troubles.severity,
    troubles.row_count,
    troubles.amount_sek,
    coalesce(
        first_rejected.path,
        case
            when troubles.quality_name in ('delivery_repeated', 'file_breaks_off')
                then split_part(troubles.example, ': ', 1)
        end,
        nullif(regexp_extract(troubles.example, '^(.*) replaces ', 1), '')
    ) as example_path,
    coalesce(
        first_rejected.file_row,
        first_faults.register_row,
        try_cast(nullif(regexp_extract(troubles.example, 'row (\d+)$', 1), '') as integer)
    ) as example_row,
    first_rejected.reason as example_reason,
    coalesce(
        first_faults.contract_id,
        nullif(regexp_extract(troubles.example, '^contract_id (.*)$', 1), '')
    ) as example_contract_id,
    nullif(regexp_extract(troubles.example, '^account (.*)$', 1), '') as example_account,
    regexp_extract(troubles.example, '^(.+) \d{4}-\d{2}-\d{2} ', 1) as example_series,
    regexp_extract(troubles.example, '\d{4}-\d{2}-\d{2} (.*)$', 1) as example_of,
    case when not coalesce(vendors.is_merged, false) then vendors.vendor_name end
        as example_vendor_name,
    case
        when not coalesce(vendors.is_merged, false)
            then coalesce(
                ledger_lines.purchase_date,
                try_cast(nullif(regexp_extract(troubles.example, '\d{4}-\d{2}-\d{2}'), '') as date)
            )
    end as example_date,
    case when not coalesce(vendors.is_merged, false) then ledger_lines.amount_sek end
        as example_sek,
from troubles
left join first_rejected
    on troubles.quality_name = 'rejected_rows'
left join first_faults
    on troubles.quality_name = 'register_hygiene'
    and troubles.check_name = first_faults.check_name
    and troubles.severity = first_faults.severity
left join ledger_lines
    on ledger_lines.line_id
    = try_cast(nullif(regexp_extract(troubles.example, '^line_id (\d+)$', 1), '') as bigint)
left join vendors
    on vendors.vendor_id = coalesce(
        ledger_lines.vendor_id,
        nullif(regexp_extract(troubles.example, '^vendor_id (.*)$', 1), '')
    )
order by
    case troubles.severity when 'error' then 1 else 2 end,
    troubles.amount_sek desc nulls last,
    troubles.row_count desc,
    troubles.quality_name,
    troubles.check_name
limit 20
