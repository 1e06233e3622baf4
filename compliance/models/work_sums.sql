/*
How many kronor stand in each state, by month, department and category? The sums that every kpi_
table is added up from, so that they cannot differ from each other.

low: uncovered if every match in review were right and every switch lenient; high: if every one were
wrong and every switch strict. The seven parts of uncovered_sek follow the state; a direct award or
an out_of_scope part that its switch puts on the uncovered side is gap and scope.
*/
with

states as (
    select
        purchases.purchase_date,
        purchases.department,
        purchases.category_code,
        purchases.state,
        purchases.side,
        purchases.has_valid_contract,
        purchases.is_scope_tested,
        purchases.amount_sek,
        case when purchases.part = 1 then 1 else 0 end as posting_count,
        cast(0 as decimal(18, 2)) as review_change_sek,
    from purchases
    union all
    select
        ledger_lines.purchase_date,
        ledger_lines.department,
        ledger_lines.category_code,
        'no_contract' as state,
        'exempt' as side,
        false as has_valid_contract,
        false as is_scope_tested,
        cast(0 as decimal(18, 2)) as amount_sek,
        0 as posting_count,
        work_review_changes.change_sek as review_change_sek,
    from work_review_changes
    inner join ledger_lines
        on work_review_changes.line_id = ledger_lines.line_id
),

sums as (
    select
        cast(date_trunc('month', purchase_date) as date) as period,
        department,
        category_code,
        state,
        side,
        has_valid_contract,
        is_scope_tested,
        sum(amount_sek) as amount_sek,
        sum(posting_count) as posting_count,
        sum(review_change_sek) as review_change_sek,
    from states
    group by
        cast(date_trunc('month', purchase_date) as date),
        department,
        category_code,
        state,
        side,
        has_valid_contract,
        is_scope_tested
)

select
    period,
    department,
    category_code,
    sum(case when side = 'exempt' then 0 else amount_sek end) as volume_sek,
    sum(case when side = 'exempt' then amount_sek else 0 end) as exempt_sek,
    sum(case when side = 'covered' then amount_sek else 0 end) as covered_sek,
    sum(case when side = 'uncovered' then amount_sek else 0 end) as uncovered_sek,
    sum(
        case
            when side = 'uncovered' and state not in ('direct_award', 'out_of_scope')
                then amount_sek
            else 0
        end
    ) + sum(review_change_sek) as uncovered_low_sek,
    sum(
        case
            when side = 'exempt' then 0
            when side = 'uncovered' or state in ('direct_award', 'out_of_scope') then amount_sek
            else 0
        end
    ) as uncovered_high_sek,
    sum(case when side <> 'exempt' and has_valid_contract then amount_sek else 0 end)
        as with_supplier_sek,
    sum(case when state = 'confirmed' then amount_sek else 0 end) as confirmed_sek,
    sum(
        case
            when state in ('confirmed', 'supplier_only', 'tail', 'direct_award') then amount_sek
            else 0
        end
    ) as possible_sek,
    sum(case when side <> 'exempt' and is_scope_tested then amount_sek else 0 end) as tested_sek,
    sum(
        case
            when side = 'uncovered' and state in ('no_contract', 'direct_award') then amount_sek
            else 0
        end
    ) as gap_sek,
    sum(case when state in ('superseded', 'covered_elsewhere') then amount_sek else 0 end)
        as leakage_sek,
    sum(case when state in ('expired', 'not_started') then amount_sek else 0 end) as expired_sek,
    sum(case when state = 'ceiling_exceeded' then amount_sek else 0 end) as ceiling_sek,
    sum(case when state = 'not_entitled' then amount_sek else 0 end) as entitlement_sek,
    sum(
        case when side = 'uncovered' and state = 'out_of_scope' then amount_sek else 0 end
    ) as scope_sek,
    sum(case when state = 'unidentified' then amount_sek else 0 end) as unknown_sek,
    sum(posting_count) as posting_count,
from sums
group by period, department, category_code
