/*
What did a person decide about single postings? One row per posting with a live decision: the latest
by decided_on, then by row, among those that hold on the purchase date.

`covered` is the state confirmed, `uncovered` no_contract; a state's own name is itself. A decision
names a contract, not a lot: of its lots it is the one that the posting's own supplier may sell
under, then one that is valid on the date, then the smallest contract_id and lot. A decision that
names a contract which the register does not have decides nothing (decisions.sql lists it).

is_named: the posting names the contract that it is decided to be bought under. What a person has
confirmed holds.
*/
with

decisions_by_age as (
    select
        work_lines.line_id,
        input_decisions.decision_row,
        case input_decisions.decision
            when 'covered' then 'confirmed'
            when 'uncovered' then 'no_contract'
            else input_decisions.decision
        end as state,
        work_contracts.contract_no,
        coalesce(work_lines.reference_no = work_contracts.reference_no, false)
            as is_the_named_contract,
        row_number() over (
            partition by work_lines.line_id
            order by
                input_decisions.decided_on desc nulls last,
                input_decisions.decision_row desc,
                case when work_vendor_contracts.contract_no is not null then 0 else 1 end,
                case
                    when
                        work_lines.purchase_date >= work_contracts.valid_from
                        and work_lines.purchase_date <= work_contracts.last_day
                        then 0
                    else 1
                end,
                work_contracts.contract_id,
                work_contracts.lot
        ) as place,
    from input_decisions
    inner join work_lines
        on
        try_cast(input_decisions.key as bigint) = work_lines.line_id
        and work_lines.purchase_date >= coalesce(input_decisions.valid_from, date '0001-01-01')
        and work_lines.purchase_date <= coalesce(input_decisions.valid_to, date '9999-12-31')
    left join work_contracts
        on upper(trim(input_decisions.contract_id)) = upper(trim(work_contracts.contract_id))
    left join work_vendor_contracts
        on
        work_lines.vendor_no = work_vendor_contracts.vendor_no
        and work_contracts.contract_no = work_vendor_contracts.contract_no
        and not work_vendor_contracts.is_review
        and work_lines.purchase_date >= work_vendor_contracts.identity_from
        and work_lines.purchase_date <= work_vendor_contracts.identity_to
    where
        input_decisions.subject = 'line'
        and (input_decisions.contract_id is null or work_contracts.contract_id is not null)
)

select
    line_id,
    decision_row,
    state,
    contract_no,
    is_the_named_contract
    and state in ('confirmed', 'supplier_only', 'direct_award', 'tail', 'ceiling_exceeded')
        as is_named,
from decisions_by_age
where place = 1
