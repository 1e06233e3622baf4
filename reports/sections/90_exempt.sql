/*
What was left out of the figure, and by which rule? Exempt postings of this month and of the last
twelve months.

nav: Not counted
nav_sv: Räknas inte
title: What is not counted
title_sv: Vad som inte räknas med
lead: Postings that are not purchases, or that no contract can cover, by the rule that exempts
    them.
lead_sv: Konteringar som inte är inköp, eller som inget avtal kan täcka, efter den regel som
    undantar dem.
empty: Nothing was exempt in the last 12 months.
empty_sv: Inget undantogs de senaste 12 månaderna.
asked: once
*/
select
    case when not reports.is_whole then ledger_lines.department end as department,
    coverage.rule_id,
    count(*) filter (ledger_lines.purchase_date >= cast($month as date)) as posting_month_count,
    coalesce(
        sum(coverage.amount_sek) filter (ledger_lines.purchase_date >= cast($month as date)), 0
    ) as amount_month_sek,
    sum(coverage.amount_sek) as amount_12m_sek,
from coverage
cross join (values (true), (false)) as reports (is_whole)
inner join ledger_lines
    on coverage.line_id = ledger_lines.line_id
where
    coverage.side = 'exempt'
    and ledger_lines.purchase_date >= cast($month as date) - interval 11 months
    and ledger_lines.purchase_date < cast($month as date) + interval 1 month
    and (reports.is_whole or ledger_lines.department is not null)
group by all
order by department, amount_12m_sek desc, coverage.rule_id
