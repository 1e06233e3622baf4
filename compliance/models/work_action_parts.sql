/*
Which one action would put each uncovered krona of the last twelve months under a contract?

Each part has one action, so that no krona is promised twice:

    review_match   its vendor's match waits for a person
    redirect       another supplier's contract was there (superseded, covered_elsewhere), with room
                   under its ceiling left
    raise_ceiling  over the ceiling of the contract
    fix_register   the unit is not among the contract's units
    extend         the contract had ended, with an option that reaches the purchase (its tail
                   counts, as in coverage) and room under its ceiling left
    procure        no contract, none for this category, or one that ended without these;
                   only categories that can be procured, from companies with an org number

What a person has decided of a posting is not put in question. What was decided of a vendor, who it
is or is not, is known of it: such a vendor is sold by the supplier that it was accepted as, and by
its own number when it was not, unless just that number was rejected.

What no action reaches (unknown vendors, private persons who are shown together with others,
purchases before a contract's first day, or past a contract that is full) is left out: the plan
promises nothing about it.
*/
with

windows as (
    select
        date_trunc('month', as_of) - interval 11 months as first_day,
        as_of,
    from input_build
),

registered as (
    select distinct org_number
    from suppliers
    where org_number is not null
),

parts as (
    select
        purchases.line_id,
        purchases.part,
        purchases.state,
        purchases.amount_sek,
        purchases.vendor_id,
        purchases.category_code,
        purchases.department,
        purchases.unit,
        purchases.contract_id,
        purchases.lot,
        work_contracts.lot as real_lot,
        case
            when not purchases.is_decided then vendors.org_number
            when purchases.supplier_id is not null then sellers.org_number
            when registered.org_number is null then vendors.org_number
        end as org_number,
        coalesce(vendors.is_merged, false) as is_merged,
        vendor_matches.outcome,
        suppliers.org_number as candidate_org_number,
        rule_categories.procurable,
        -- A full contract is not mended by more days, nor by who else buys under it.
        coalesce(contracts.remaining_sek > 0, true) as has_room,
        coalesce(
            contracts.max_end > contracts.last_day
            and cast(contracts.max_end + rule_policy.tail_days as date) >= purchases.purchase_date,
            false
        ) as has_option,
        contracts.remaining_sek,
    from purchases
    cross join windows
    cross join rule_policy
    left join vendors
        on purchases.vendor_id = vendors.vendor_id
    left join vendor_matches
        on purchases.vendor_id = vendor_matches.vendor_id
    left join suppliers
        on vendor_matches.supplier_id = suppliers.supplier_id
    left join suppliers as sellers
        on purchases.supplier_id = sellers.supplier_id
    left join registered
        on vendors.org_number = registered.org_number
    left join rule_categories
        on purchases.category_code = rule_categories.category_code
    left join contracts
        on
        purchases.contract_id = contracts.contract_id
        and purchases.lot = contracts.lot
    left join work_contracts
        on
        purchases.contract_id = work_contracts.contract_id
        and purchases.lot = work_contracts.shown_lot
    where
        purchases.side = 'uncovered'
        and not purchases.is_line_decided
        and purchases.purchase_date >= windows.first_day
        and purchases.purchase_date <= windows.as_of
),

decided as (
    select
        parts.*,
        case
            -- A sum over one or two of them, with contract and unit, would tell who they are.
            when parts.is_merged then null
            when parts.outcome = 'review' and parts.candidate_org_number is not null
                then 'review_match'
            when parts.outcome = 'review' then null
            when parts.state in ('superseded', 'covered_elsewhere') and parts.has_room
                then 'redirect'
            when parts.state = 'ceiling_exceeded' then 'raise_ceiling'
            when parts.state = 'not_entitled' then 'fix_register'
            when parts.state = 'expired' and parts.has_option and parts.has_room then 'extend'
            when
                parts.state in ('no_contract', 'out_of_scope', 'expired')
                and parts.org_number is not null
                and parts.procurable
                then 'procure'
        end as action,
    from parts
)

select
    decided.line_id,
    decided.part,
    decided.action,
    case decided.action
        when 'review_match' then decided.vendor_id
        when 'procure' then decided.category_code
        else concat(
            decided.contract_id, case when decided.lot <> '' then '/' else '' end, decided.lot
        )
    end as subject,
    decided.amount_sek,
    decided.department,
    decided.unit,
    decided.vendor_id,
    decided.org_number,
    decided.candidate_org_number,
    decided.category_code,
    decided.contract_id,
    decided.lot,
    decided.real_lot,
    -- How much it can mend at most; null: no limit.
    case when decided.action in ('extend', 'redirect') then decided.remaining_sek end as room_sek,
from decided
where decided.action is not null
