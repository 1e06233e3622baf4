/*
Was each posting bought under a valid contract, and if not, why not?

work_line_states says the state before ceilings; here a contract's ceiling is applied after. A
posting wholly under it keeps its state, one wholly over it is ceiling_exceeded, and one that
crosses has two parts: 1 under, 2 over.

side is the state's, and the policy's where the policy decides (out_of_scope, direct_award). A match
in review counts as no match. is_decided: a person's decision stands behind the state, on the
posting or on who its vendor is, or is not; is_line_decided: on the posting itself.
*/
with

decided_identities as (
    select
        work_vendors.vendor_no,
        coalesce(input_vendor_identities.valid_from, date '0001-01-01') as valid_from,
        coalesce(input_vendor_identities.valid_to, date '9999-12-31') as valid_to,
        max(case when input_vendor_identities.method = 'decision' then 1 else 0 end) = 1
            as is_decided,
    from input_vendor_identities
    inner join work_vendors
        on input_vendor_identities.vendor_id = work_vendors.vendor_id
    group by
        work_vendors.vendor_no,
        coalesce(input_vendor_identities.valid_from, date '0001-01-01'),
        coalesce(input_vendor_identities.valid_to, date '9999-12-31')
),

decided_lines as (
    select distinct work_line_states.line_id
    from decided_identities
    inner join work_line_states
        on
        decided_identities.vendor_no = work_line_states.vendor_no
        and work_line_states.purchase_date >= decided_identities.valid_from
        and work_line_states.purchase_date <= decided_identities.valid_to
    where decided_identities.is_decided
    union
    select work_line_states.line_id
    from input_vendor_rejections
    inner join work_vendors
        on input_vendor_rejections.vendor_id = work_vendors.vendor_id
    inner join work_line_states
        on
        work_vendors.vendor_no = work_line_states.vendor_no
        and work_line_states.purchase_date
        >= coalesce(input_vendor_rejections.valid_from, date '0001-01-01')
        and work_line_states.purchase_date
        <= coalesce(input_vendor_rejections.valid_to, date '9999-12-31')
),

parts as (
    select
        work_line_states.line_id,
        1 as part,
        case
            when
                work_ceiling_runs.under_sek = 0 and work_line_states.amount_sek <> 0
                then 'ceiling_exceeded'
            else work_line_states.state
        end as state,
        case
            when
                work_ceiling_runs.under_sek is null or work_ceiling_runs.under_sek = 0
                then work_line_states.amount_sek
            else work_ceiling_runs.under_sek
        end as amount_sek,
        work_line_states.contract_no,
        work_line_states.rule_id,
        work_line_states.is_line_decided
        or (decided_lines.line_id is not null and work_line_states.state <> 'exempt')
            as is_decided,
        work_line_states.is_line_decided,
        work_line_states.is_named,
        work_line_states.is_scope_tested,
        work_line_states.has_valid_contract,
        work_ceiling_runs.before_sek as called_off_before_sek,
    from work_line_states
    left join work_ceiling_runs
        on
        work_line_states.line_id = work_ceiling_runs.line_id
        and work_ceiling_runs.scenario = 'actual'
    left join decided_lines
        on work_line_states.line_id = decided_lines.line_id
    union all
    select
        work_line_states.line_id,
        2 as part,
        'ceiling_exceeded' as state,
        work_ceiling_runs.amount_sek - work_ceiling_runs.under_sek as amount_sek,
        work_line_states.contract_no,
        work_line_states.rule_id,
        decided_lines.line_id is not null as is_decided,
        false as is_line_decided,
        work_line_states.is_named,
        work_line_states.is_scope_tested,
        work_line_states.has_valid_contract,
        work_ceiling_runs.before_sek as called_off_before_sek,
    from work_ceiling_runs
    inner join work_line_states
        on work_ceiling_runs.line_id = work_line_states.line_id
    left join decided_lines
        on work_line_states.line_id = decided_lines.line_id
    where
        work_ceiling_runs.scenario = 'actual'
        and work_ceiling_runs.under_sek <> 0
        and work_ceiling_runs.under_sek <> work_ceiling_runs.amount_sek
)

select
    parts.line_id,
    cast(parts.part as integer) as part,
    parts.state,
    case
        when parts.state = 'exempt' then 'exempt'
        when parts.state in ('confirmed', 'supplier_only', 'tail') then 'covered'
        when parts.state = 'direct_award' then rule_policy.direct_award_counts_as
        when parts.state = 'out_of_scope' then rule_policy.out_of_scope_counts_as
        else 'uncovered'
    end as side,
    work_contracts.contract_id,
    work_contracts.shown_lot as lot,
    parts.rule_id,
    cast(parts.amount_sek as decimal(18, 2)) as amount_sek,
    parts.is_decided,
    parts.is_line_decided,
    parts.is_named,
    parts.is_scope_tested,
    parts.has_valid_contract,
    parts.called_off_before_sek,
from parts
cross join rule_policy
left join work_contracts
    on parts.contract_no = work_contracts.contract_no
