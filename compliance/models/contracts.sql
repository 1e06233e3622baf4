/*
What are the terms of each contract lot, and how much has been called off under it?

called_off_sek is everything bought under the lot in this ledger, the part over its ceiling too: it
is a lower bound where others call off from the same contract.

ceiling_forecast_date is the day on which a full contract's ceiling was reached; of one that has
room (a credit note may have given it back), the day on which it will be at the pace of the last
twelve months of the data, if that is not after the last day of the contract.
*/
with

called_off as (
    select
        coverage.contract_id,
        coverage.lot,
        sum(coverage.amount_sek) as called_off_sek,
        sum(
            case
                when
                    ledger_lines.purchase_date
                    > cast(input_build.as_of - interval 12 month as date)
                    then coverage.amount_sek
                else 0
            end
        ) as amount_12m_sek,
    from coverage
    cross join input_build
    inner join ledger_lines
        on coverage.line_id = ledger_lines.line_id
    where
        coverage.contract_id is not null
        and coverage.state in (
            'confirmed', 'supplier_only', 'direct_award', 'tail', 'ceiling_exceeded'
        )
    group by coverage.contract_id, coverage.lot
),

had_room as (
    select
        contract_no,
        max(purchase_date) as last_date,
    from work_ceiling_runs
    where scenario = 'actual' and after_sek < ceiling_sek
    group by contract_no
),

reached as (
    select
        work_ceiling_runs.contract_no,
        min(work_ceiling_runs.purchase_date) as reached_on,
    from work_ceiling_runs
    left join had_room
        on work_ceiling_runs.contract_no = had_room.contract_no
    where
        work_ceiling_runs.scenario = 'actual'
        and work_ceiling_runs.after_sek >= work_ceiling_runs.ceiling_sek
        and (had_room.last_date is null or work_ceiling_runs.purchase_date >= had_room.last_date)
    group by work_ceiling_runs.contract_no
),

called_off_lots as (
    select
        work_contracts.contract_no,
        work_contracts.contract_id,
        work_contracts.lot,
        work_contracts.shown_lot,
        work_contracts.last_day,
        reached.reached_on,
        coalesce(called_off.called_off_sek, 0) as called_off_sek,
        coalesce(called_off.amount_12m_sek, 0) as amount_12m_sek,
    from work_contracts
    left join called_off
        on
        work_contracts.contract_id = called_off.contract_id
        and work_contracts.shown_lot = called_off.lot
    left join reached
        on work_contracts.contract_no = reached.contract_no
),

paces as (
    select
        called_off_lots.contract_id,
        called_off_lots.lot,
        called_off_lots.reached_on,
        -- Capped at a century, so that a pace of one öre a year is a date still.
        case
            when
                called_off_lots.amount_12m_sek > 0
                and input_contracts.ceiling_sek > called_off_lots.called_off_sek
                then
                    cast(
                        least(
                            ceil(
                                cast(
                                    input_contracts.ceiling_sek - called_off_lots.called_off_sek
                                    as double
                                ) * 365
                                / cast(called_off_lots.amount_12m_sek as double)
                            ),
                            36500
                        ) as integer
                    )
        end as days_left,
    from called_off_lots
    inner join input_contracts
        on
        called_off_lots.contract_id = input_contracts.contract_id
        and called_off_lots.lot = input_contracts.lot
)

select
    input_contracts.contract_id,
    called_off_lots.shown_lot as lot,
    coalesce(title_masks.masked, input_contracts.title) as title,
    input_contracts.kind,
    input_contracts.valid_from,
    input_contracts.valid_to,
    input_contracts.extended_to,
    called_off_lots.last_day,
    cast(input_contracts.ceiling_sek as decimal(18, 2)) as ceiling_sek,
    cast(called_off_lots.called_off_sek as decimal(18, 2)) as called_off_sek,
    cast(input_contracts.ceiling_sek - called_off_lots.called_off_sek as decimal(18, 2))
        as remaining_sek,
    case
        when input_contracts.ceiling_sek is null then null
        when called_off_lots.called_off_sek >= input_contracts.ceiling_sek then paces.reached_on
        when cast(input_build.as_of + paces.days_left as date) <= called_off_lots.last_day
            then cast(input_build.as_of + paces.days_left as date)
    end as ceiling_forecast_date,
    input_contracts.max_end,
    input_contracts.notice_date,
    coalesce(reference_masks.masked, input_contracts.reference) as reference,
    coalesce(owner_masks.masked, input_contracts.owner) as owner, -- noqa: RF04
    coalesce(replaces_masks.masked, input_contracts.replaces) as replaces,
    input_contracts.register_path,
    cast(input_contracts.register_row as integer) as register_row,
from input_contracts
cross join input_build
inner join called_off_lots
    on
    input_contracts.contract_id = called_off_lots.contract_id
    and input_contracts.lot = called_off_lots.lot
inner join paces
    on
    input_contracts.contract_id = paces.contract_id
    and input_contracts.lot = paces.lot
left join input_masks as title_masks
    on input_contracts.title = title_masks.value and title_masks.field = 'title'
left join input_masks as reference_masks
    on input_contracts.reference = reference_masks.value and reference_masks.field = 'reference'
left join input_masks as owner_masks
    on input_contracts.owner = owner_masks.value and owner_masks.field = 'owner'
left join input_masks as replaces_masks
    on input_contracts.replaces = replaces_masks.value and replaces_masks.field = 'replaces'
