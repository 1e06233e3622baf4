/*
How much had been called off under a ceiling before each posting, and how much of the posting is
under it? One row per posting of a contract lot that has a ceiling, and scenario.

With `before` called off and amount `a`, min(before + a, C) − min(before, C) is under the ceiling C
and the rest is over, to the öre and for credit notes too: a credit note first takes back what lay
over. Postings run in the order of date and line_id. What a person decided counts as called off but
is not split: the decision stands, all of it under the ceiling or, where it says so, all of it over.

The scenario `review` runs again through those lots that open matches would move postings to or
from, with the postings that they would then have; it is for uncovered_share_low.
*/
with

review_lots as (
    select review_contract_no as contract_no
    from work_line_states
    where review_standing in (0, 1)
    union
    select contract_no
    from work_line_states
    where
        review_standing is not null
        and state in ('confirmed', 'supplier_only', 'direct_award', 'tail')
),

called_off as (
    select
        'actual' as scenario,
        line_id,
        purchase_date,
        contract_no,
        amount_sek,
        is_line_decided,
        state = 'ceiling_exceeded' as is_over,  -- before ceilings only a decision says so
    from work_line_states
    where state in ('confirmed', 'supplier_only', 'direct_award', 'tail', 'ceiling_exceeded')
    union all
    select
        'review' as scenario,
        work_line_states.line_id,
        work_line_states.purchase_date,
        work_line_states.contract_no,
        work_line_states.amount_sek,
        work_line_states.is_line_decided,
        work_line_states.state = 'ceiling_exceeded' as is_over,
    from work_line_states
    inner join review_lots
        on work_line_states.contract_no = review_lots.contract_no
    where
        work_line_states.state in (
            'confirmed', 'supplier_only', 'direct_award', 'tail', 'ceiling_exceeded'
        )
        and work_line_states.review_standing is null
    union all
    select
        'review' as scenario,
        line_id,
        purchase_date,
        review_contract_no as contract_no,
        amount_sek,
        is_line_decided,
        false as is_over,
    from work_line_states
    where review_standing in (0, 1)
),

runs as (
    select
        called_off.scenario,
        called_off.line_id,
        called_off.contract_no,
        called_off.purchase_date,
        called_off.amount_sek,
        called_off.is_line_decided,
        called_off.is_over,
        work_contracts.ceiling_sek,
        cast(
            sum(called_off.amount_sek) over (
                partition by called_off.scenario, called_off.contract_no
                order by called_off.purchase_date, called_off.line_id
                rows between unbounded preceding and current row
            ) as decimal(18, 2)
        ) as after_sek,
    from called_off
    inner join work_contracts
        on
        called_off.contract_no = work_contracts.contract_no
        and work_contracts.ceiling_sek is not null
)

select
    scenario,
    line_id,
    contract_no,
    purchase_date,
    amount_sek,
    ceiling_sek,
    cast(after_sek - amount_sek as decimal(18, 2)) as before_sek,
    after_sek,
    cast(
        case
            when is_over then 0
            when is_line_decided then amount_sek
            else least(after_sek, ceiling_sek) - least(after_sek - amount_sek, ceiling_sek)
        end as decimal(18, 2)
    ) as under_sek,
from runs
