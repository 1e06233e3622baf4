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
asked: once
*/
with

pages as (
    select cast(null as varchar) as department
    union all
    select distinct department
    from kpi_department_monthly
    where department is not null
),

reviewed as (
    select
        case when not reports.is_whole then ledger_lines.department end as department,
        count(distinct ledger_lines.vendor_id) as review_count,
    from coverage
    cross join (values (true), (false)) as reports (is_whole)
    inner join ledger_lines
        on coverage.line_id = ledger_lines.line_id
    inner join vendor_matches
        on ledger_lines.vendor_id = vendor_matches.vendor_id
    where
        coverage.side = 'uncovered'
        and vendor_matches.outcome = 'review'
        and ledger_lines.purchase_date >= cast($month as date) - interval 11 months
        and ledger_lines.purchase_date < cast($month as date) + interval 1 month
        and (reports.is_whole or ledger_lines.department is not null)
    group by all
)

select
    pages.department,
    build_info.version,
    build_info.rules_digest,
    build_info.inputs_digest,
    build_info.baseline_period,
    build_info.baseline_share,
    (select max(last_date) from source_files) as last_date,
    (select count(*) from source_files) as file_count,
    (select count(distinct contract_id) from contracts) as contract_count,
    coalesce(reviewed.review_count, 0) as review_count,
    (select count(*) from kpi_reported) as closed_count,
from pages
cross join build_info
left join reviewed
    on pages.department is not distinct from reviewed.department
order by pages.department
