/*
What can be done about the purchases without a contract of the last twelve months, in the order of
the kronor that it can reach: one row per posting, the largest ten of each action, with the action's
sums repeated on each.

The actions are those of action_plan, asked anew for each department or an earlier month: each
uncovered posting part has at most one. Spellings of one company count as one vendor,
except where the spelling itself is what to act on.

    review_match   the vendor's match waits for a person, and there is a candidate
    redirect       another supplier's contract was there, with room under its ceiling left: one
                   contract
    raise_ceiling  over the ceiling of one contract
    fix_register   the unit is not among one contract's units
    extend         one contract had ended, with an option that reaches the purchase and room under
                   its ceiling left
    procure        one category without a contract that fits, which a procurement would change

What no action reaches (unknown vendors, private persons who are shown together with others,
postings that a person has decided, purchases before a contract's first day, or past a full one) is
left out. A reader with four minutes acts on no more than the three largest.

nav: Act on
nav_sv: Åtgärder
title: What to act on
title_sv: Att ta tag i
lead: Ordered by what brings most spend back on contract, over the last 12 months.
lead_sv: Ordnade efter hur mycket som kan flyttas till avtal, räknat på de senaste 12 månaderna.
empty: There is nothing to act on in the last 12 months.
empty_sv: Det finns inget att ta tag i för de senaste 12 månaderna.
asked: once
*/
with

registered as (
    select distinct org_number
    from suppliers
    where org_number is not null
),

uncovered as (
    select
        case when not reports.is_whole then purchases.department end as department,
        purchases.line_id,
        purchases.part,
        purchases.purchase_date,
        purchases.invoice_no,
        vendors.vendor_name,
        coalesce(vendor_companies.company_name, vendors.vendor_name) as company_name,
        coalesce(purchases.unit, '') as unit,
        coalesce(purchases.category_code, '') as category_code,
        coalesce(purchases.contract_id, '') as contract_id,
        coalesce(purchases.lot, '') as lot,
        purchases.vendor_id,
        purchases.state,
        purchases.amount_sek,
        contracts.remaining_sek,
        case
            -- A sum over one or two of them, with contract and unit, would tell who they are.
            when vendors.is_merged then null
            when vendor_matches.outcome = 'review' and vendor_matches.supplier_id is not null
                then 'review_match'
            when vendor_matches.outcome = 'review' then null
            when
                purchases.state in ('superseded', 'covered_elsewhere')
                and coalesce(contracts.remaining_sek > 0, true)
                then 'redirect'
            when purchases.state = 'ceiling_exceeded' then 'raise_ceiling'
            when purchases.state = 'not_entitled' then 'fix_register'
            when
                purchases.state = 'expired'
                and contracts.max_end > contracts.last_day
                and contracts.max_end + build_info.tail_days >= purchases.purchase_date
                and coalesce(contracts.remaining_sek > 0, true)
                then 'extend'
            when
                purchases.state in ('no_contract', 'out_of_scope', 'expired')
                and categories.procurable
                and case
                    when not purchases.is_decided then vendors.org_number
                    when purchases.supplier_id is not null then sellers.org_number
                    when registered.org_number is null then vendors.org_number
                end is not null
                then 'procure'
        end as action_kind,
    from purchases
    cross join (values (true), (false)) as reports (is_whole)
    cross join build_info
    inner join vendors
        on purchases.vendor_id = vendors.vendor_id
    left join vendor_companies
        on vendors.vendor_name = vendor_companies.vendor_name
    left join vendor_matches
        on purchases.vendor_id = vendor_matches.vendor_id
    left join categories
        on purchases.category_code = categories.category_code
    left join suppliers as sellers
        on purchases.supplier_id = sellers.supplier_id
    left join registered
        on vendors.org_number = registered.org_number
    left join contracts
        on
        purchases.contract_id = contracts.contract_id
        and purchases.lot = contracts.lot
    where
        purchases.side = 'uncovered'
        and not purchases.is_line_decided
        and purchases.purchase_date >= cast($month as date) - interval 11 months
        and purchases.purchase_date < cast($month as date) + interval 1 month
        and (reports.is_whole or purchases.department is not null)
),

keyed as (
    select
        *,
        case action_kind
            when 'review_match' then vendor_id
            when 'procure' then category_code
            else concat(contract_id, case when lot <> '' then '/' else '' end, lot)
        end as action_key,
        case action_kind
            when 'review_match' then vendor_name
            else company_name
        end as seller_name,
    from uncovered
    where action_kind is not null
),

measured as (
    select
        *,
        sum(amount_sek) over action_rows as concerned_sek,
        coalesce(
            sum(amount_sek) filter (purchase_date >= cast($month as date)) over action_rows,
            0
        ) as amount_month_sek,
        count(*) over action_rows as posting_count,
        row_number() over (
            partition by department, action_kind, action_key
            order by amount_sek desc, line_id, part
        ) as row_position,
    from keyed
    window action_rows as (partition by department, action_kind, action_key)
),

-- An extended contract, or another one, takes no more than there is room for under its ceiling.
reached as (
    select
        *,
        case
            when action_kind in ('extend', 'redirect') then least(concerned_sek, remaining_sek)
            else concerned_sek
        end as amount_12m_sek,
    from measured
),

ranked as (
    select
        *,
        dense_rank() over (
            partition by department
            order by amount_12m_sek desc, action_kind, action_key
        ) as action_rank,
    from reached
    where amount_12m_sek > 0
),

largest_unit as (
    select
        department,
        action_kind,
        action_key,
        arg_max(unit, (unit_sek, unit)) as unit,
        count(*) as unit_count,
    from (
        select
            department,
            action_kind,
            action_key,
            unit,
            sum(amount_sek) as unit_sek,
        from keyed
        group by department, action_kind, action_key, unit
    ) as unit_sums
    group by department, action_kind, action_key
),

largest_vendor as (
    select
        department,
        action_kind,
        action_key,
        arg_max(seller_name, (vendor_sek, seller_name)) as vendor_name,
        count(*) as vendor_count,
    from (
        select
            department,
            action_kind,
            action_key,
            seller_name,
            sum(amount_sek) as vendor_sek,
        from keyed
        group by department, action_kind, action_key, seller_name
    ) as vendor_sums
    group by department, action_kind, action_key
),

contract_names as (
    select
        contracts.contract_id,
        contracts.lot,
        min(contracts.title) as contract_title,
        max(contracts.last_day) as contract_last_day,
        max(contracts.max_end) as contract_max_end,
        arg_min(
            case
                when starts_with(suppliers.supplier_name, 'Privatperson ') then 'Privatperson'
                else suppliers.supplier_name
            end,
            (contract_parties.rank, suppliers.supplier_name)
        ) as contract_supplier_name,
    from contracts
    left join contract_parties
        on contracts.contract_id = contract_parties.contract_id
        and contracts.lot = contract_parties.lot
    left join suppliers
        on contract_parties.supplier_id = suppliers.supplier_id
    group by contracts.contract_id, contracts.lot
),

-- The published plan is of the whole's latest twelve months: it says nothing of other pages.
plan_of_month as (
    select
        action_plan.action,
        action_plan.subject,
        action_plan.amount_12m_sek,
        action_plan.rank,
        action_plan.uncovered_share_after,
    from action_plan
    inner join build_info
        on date_trunc('month', build_info.as_of) = cast($month as date)
)

select
    ranked.department,
    ranked.action_rank,
    ranked.action_kind,
    ranked.category_code as action_category_code,
    ranked.contract_id as action_contract_id,
    ranked.lot as action_lot,
    ranked.action_key,
    plan_of_month.rank as plan_rank,
    plan_of_month.uncovered_share_after as plan_share_after,
    contract_names.contract_title,
    contract_names.contract_last_day,
    contract_names.contract_max_end,
    case when ranked.amount_12m_sek < ranked.concerned_sek then ranked.amount_12m_sek end
        as room_sek,
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
    ledger_lines.voucher_no,
    ranked.vendor_name,
    ranked.unit,
    ranked.state,
    ranked.amount_sek,
from ranked
inner join ledger_lines
    on ranked.line_id = ledger_lines.line_id
inner join largest_unit
    on ranked.department is not distinct from largest_unit.department
    and ranked.action_kind = largest_unit.action_kind
    and ranked.action_key = largest_unit.action_key
inner join largest_vendor
    on ranked.department is not distinct from largest_vendor.department
    and ranked.action_kind = largest_vendor.action_kind
    and ranked.action_key = largest_vendor.action_key
left join contract_names
    on ranked.contract_id = contract_names.contract_id
    and ranked.lot = contract_names.lot
left join plan_of_month
    on ranked.department is null
    and ranked.action_kind = plan_of_month.action
    and ranked.action_key = plan_of_month.subject
    and ranked.amount_12m_sek = plan_of_month.amount_12m_sek
where
    ranked.action_rank <= 3
    and ranked.row_position <= 10
order by ranked.department, ranked.action_rank, ranked.row_position
