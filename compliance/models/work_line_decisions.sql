/*
What did a person decide about single postings? One row per posting with a live decision: the latest
by decided_on, then by row, among those that hold on the purchase date.

`covered` is the state confirmed, `uncovered` no_contract; a state's own name is itself. The
contract is the first lot of the one that the decision names; one that names a contract which the
register does not have decides nothing (decisions.sql lists it).
*/
with

first_lots as (
    select
        work_contracts.contract_id,
        min(work_contracts.lot) as lot,
    from work_contracts
    group by work_contracts.contract_id
),

decisions_by_age as (
    select
        work_lines.line_id,
        input_decisions.decision_row,
        case input_decisions.decision
            when 'covered' then 'confirmed'
            when 'uncovered' then 'no_contract'
            else input_decisions.decision
        end as state,
        first_lots.contract_id,
        first_lots.lot,
        row_number() over (
            partition by work_lines.line_id
            order by input_decisions.decided_on desc nulls last, input_decisions.decision_row desc
        ) as place,
    from input_decisions
    inner join work_lines
        on
        try_cast(input_decisions.key as bigint) = work_lines.line_id
        and work_lines.purchase_date >= coalesce(input_decisions.valid_from, date '0001-01-01')
        and work_lines.purchase_date <= coalesce(input_decisions.valid_to, date '9999-12-31')
    left join first_lots
        on upper(trim(input_decisions.contract_id)) = upper(trim(first_lots.contract_id))
    where
        input_decisions.subject = 'line'
        and (input_decisions.contract_id is null or first_lots.contract_id is not null)
)

select
    decisions_by_age.line_id,
    decisions_by_age.decision_row,
    decisions_by_age.state,
    work_contracts.contract_no,
from decisions_by_age
left join work_contracts
    on
    decisions_by_age.contract_id = work_contracts.contract_id
    and decisions_by_age.lot = work_contracts.lot
where decisions_by_age.place = 1
