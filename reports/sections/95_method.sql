/*
How the figure is made, how sure it is, and what the words mean; the rows are the facts that the
text names: what stands behind the last twelve months.

nav: Method
nav_sv: Metod
title: How we count
title_sv: Så räknar vi
lead: The definitions behind the figure, what it cannot show, and how sure it is.
lead_sv: Definitionerna bakom siffran, vad den inte kan visa och hur säker den är.
empty: –
empty_sv: –
*/
select
    build_info.version,
    build_info.rules_digest,
    build_info.inputs_digest,
    build_info.baseline_period,
    build_info.baseline_share,
    (select max(last_date) from source_files) as last_date,
    (select count(*) from source_files) as file_count,
    (select count(distinct contract_id) from contracts) as contract_count,
    (
        select count(distinct ledger_lines.vendor_id)
        from coverage
        inner join ledger_lines
            on coverage.line_id = ledger_lines.line_id
        inner join vendor_matches
            on ledger_lines.vendor_id = vendor_matches.vendor_id
        where
            coverage.side = 'uncovered'
            and vendor_matches.outcome = 'review'
            and ledger_lines.purchase_date >= cast($month as date) - interval 11 months
            and ledger_lines.purchase_date < cast($month as date) + interval 1 month
            and (
                cast($department as varchar) is null
                or ledger_lines.department = cast($department as varchar)
            )
    ) as review_count,
    (select count(*) from kpi_reported) as closed_count,
from build_info
