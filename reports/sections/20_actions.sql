/*
What can be done about the purchases without a contract of the last twelve months, largest kronor
first: one row per posting, the largest of each of the first three actions, with the action's sums
repeated on each.

An action gathers what one decision mends: buy from the contract that exists (one vendor and
category), extend or replace one contract, raise one ceiling, procure one category, mend one
contract's entry in the register, or decide one vendor's match.

nav: Act on
nav_sv: Åtgärder
title: What to act on
title_sv: Att ta tag i
lead: Ordered by what brings most spend back on contract, over the last 12 months.
lead_sv: Ordnade efter vad som för mest pengar tillbaka till avtal, räknat på 12 månader.
empty: There is nothing to act on: every purchase of the last 12 months was made on a valid
    contract.
empty_sv: Det finns inget att ta tag i: alla inköp de senaste 12 månaderna gjordes på giltigt
    avtal.
*/
with

uncovered as (
    select
        ledger_lines.line_id,
        coverage.part,
        ledger_lines.purchase_date,
        ledger_lines.invoice_no,
        ledger_lines.voucher_no,
        vendors.vendor_name,
        coalesce(ledger_lines.unit, '') as unit,
        coalesce(ledger_lines.category_code, '') as category_code,
        coalesce(coverage.contract_id, '') as contract_id,
        coverage.state,
        coverage.amount_sek,
        case
            when coverage.state = 'unidentified' then 'review_match'
            when vendor_matches.outcome = 'review' then 'review_match'
            when coverage.state in ('covered_elsewhere', 'superseded') then 'redirect'
            when coverage.state in ('expired', 'not_started') then 'extend'
            when coverage.state = 'ceiling_exceeded' then 'raise_ceiling'
            when coverage.state in ('out_of_scope', 'not_entitled') then 'fix_register'
            else 'procure'
        end as action_kind,
    from coverage
    inner join ledger_lines
        on coverage.line_id = ledger_lines.line_id
    inner join vendors
        on ledger_lines.vendor_id = vendors.vendor_id
    left join vendor_matches
        on ledger_lines.vendor_id = vendor_matches.vendor_id
    where
        coverage.side = 'uncovered'
        and ledger_lines.purchase_date >= cast($month as date) - interval 11 months
        and ledger_lines.purchase_date < cast($month as date) + interval 1 month
        and (
            cast($department as varchar) is null
            or ledger_lines.department = cast($department as varchar)
        )
),

keyed as (
    select
        *,
        case action_kind
            when 'procure' then category_code
            when 'redirect' then concat(vendor_name, '|', category_code)
            when 'review_match' then vendor_name
            else contract_id
        end as action_key,
    from uncovered
),

measured as (
    select
        *,
        sum(amount_sek) over action_rows as amount_12m_sek,
        coalesce(
            sum(amount_sek) filter (purchase_date >= cast($month as date)) over action_rows,
            0
        ) as amount_month_sek,
        count(*) over action_rows as posting_count,
        row_number() over (
            partition by action_kind, action_key
            order by amount_sek desc, line_id, part
        ) as row_position,
    from keyed
    window action_rows as (partition by action_kind, action_key)
),

ranked as (
    select
        *,
        dense_rank() over (
            order by amount_12m_sek desc, action_kind, action_key
        ) as action_rank,
    from measured
    where amount_12m_sek > 0
),

largest_unit as (
    select
        action_kind,
        action_key,
        arg_max(unit, unit_sek) as unit,
        count(*) as unit_count,
    from (
        select
            action_kind,
            action_key,
            unit,
            sum(amount_sek) as unit_sek,
        from keyed
        group by action_kind, action_key, unit
        order by action_kind, action_key, unit
    ) as unit_sums
    group by action_kind, action_key
),

largest_vendor as (
    select
        action_kind,
        action_key,
        arg_max(vendor_name, vendor_sek) as vendor_name,
        count(*) as vendor_count,
    from (
        select
            action_kind,
            action_key,
            vendor_name,
            sum(amount_sek) as vendor_sek,
        from keyed
        group by action_kind, action_key, vendor_name
        order by action_kind, action_key, vendor_name
    ) as vendor_sums
    group by action_kind, action_key
),

contract_names as (
    select
        contracts.contract_id,
        min(contracts.title) as contract_title,
        max(contracts.last_day) as contract_last_day,
        arg_min(suppliers.supplier_name, (contract_parties.rank, suppliers.supplier_name))
            as contract_supplier_name,
    from contracts
    left join contract_parties
        on contracts.contract_id = contract_parties.contract_id
    left join suppliers
        on contract_parties.supplier_id = suppliers.supplier_id
    group by contracts.contract_id
)

select
    ranked.action_rank,
    ranked.action_kind,
    ranked.category_code as action_category_code,
    ranked.contract_id as action_contract_id,
    contract_names.contract_title,
    contract_names.contract_last_day,
    contract_names.contract_supplier_name,
    largest_vendor.vendor_name as action_vendor_name,
    largest_vendor.vendor_count,
    largest_unit.unit as action_unit,
    largest_unit.unit_count,
    ranked.amount_12m_sek,
    ranked.amount_month_sek,
    ranked.posting_count,
    ranked.row_position,
    ranked.purchase_date,
    ranked.invoice_no,
    ranked.voucher_no,
    ranked.vendor_name,
    ranked.unit,
    ranked.state,
    ranked.amount_sek,
from ranked
inner join largest_unit
    on ranked.action_kind = largest_unit.action_kind
    and ranked.action_key = largest_unit.action_key
inner join largest_vendor
    on ranked.action_kind = largest_vendor.action_kind
    and ranked.action_key = largest_vendor.action_key
left join contract_names
    on ranked.contract_id = contract_names.contract_id
where
    ranked.action_rank <= 3
    and ranked.row_position <= 10
order by ranked.action_rank, ranked.row_position
