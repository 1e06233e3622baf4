/*
What is the state of each posting, before ceilings? One row per posting; the first that holds:

    a decision on the posting       the state it says
    exempt                          an exclusion applies
    unidentified                    no usable vendor
    confirmed                       standing 0, and the posting names the lot or its scope holds
    supplier_only                   standing 0, and the scope cannot be tested
    direct_award                    standing 0, and the lot's kind is direct_award
    tail                            standing 1, whatever the kind
    not_entitled                    standing 2
    out_of_scope                    standing 3
    superseded                      standing 4, and another supplier's contract covers it
    expired                         standing 4
    not_started                     standing 5
    covered_elsewhere               no standing, and another supplier's contract covers it
    no_contract                     nothing

Standings are told in work_line_lots. The contract is the lot that stands so; in superseded
and covered_elsewhere it is the one that should have been used.

review_contract_no and review_standing tell what an open match would change, if it were right; they
decide nothing here.
*/
with

standings as (
    select
        work_line_contracts.line_id,
        work_line_contracts.vendor_no,
        work_line_contracts.purchase_date,
        work_line_contracts.amount_sek,
        work_line_contracts.is_usable,
        work_line_contracts.has_category,
        work_line_contracts.unit_no,
        cast(
            year(work_line_contracts.purchase_date) * 12
            + month(work_line_contracts.purchase_date) as integer
        ) as month_no,
        work_line_contracts.has_valid_contract,
        work_line_contracts.is_matched,
        work_line_contracts.contract_no,
        work_line_contracts.standing,
        work_line_contracts.is_named,
        work_line_contracts.narrowness,
        work_line_contracts.review_contract_no,
        work_line_contracts.review_standing,
        -- Null where nobody asks for another's contract: a null finds nothing, and costs nothing.
        case
            when work_line_contracts.standing is null or work_line_contracts.standing = 4
                then work_line_contracts.scope_no
        end as open_scope_no,
    from work_line_contracts
),

standings_with_elsewhere as (
    select
        standings.*,
        cast(
            least(for_all_units.choice, for_this_unit.choice) % 16777216 as integer
        ) as elsewhere_contract_no,
    from standings
    left join work_elsewhere as for_all_units
        on
        standings.open_scope_no = for_all_units.scope_no
        and for_all_units.unit_no = 0
        and standings.month_no = for_all_units.month_no
        and standings.purchase_date >= for_all_units.valid_from
        and standings.purchase_date <= for_all_units.last_day
    left join work_elsewhere as for_this_unit
        on
        standings.open_scope_no = for_this_unit.scope_no
        and for_this_unit.unit_no > 0
        and standings.unit_no = for_this_unit.unit_no
        and standings.month_no = for_this_unit.month_no
        and standings.purchase_date >= for_this_unit.valid_from
        and standings.purchase_date <= for_this_unit.last_day
),

states as (
    select
        standings_with_elsewhere.*,
        work_line_decisions.line_id is not null as is_line_decided,
        work_line_decisions.contract_no as decided_contract_no,
        work_line_decisions.is_named as is_decided_named,
        work_exempt_lines.exclusion_id,
        case
            when work_line_decisions.line_id is not null then work_line_decisions.state
            when work_exempt_lines.line_id is not null then 'exempt'
            when not standings_with_elsewhere.is_usable then 'unidentified'
            when standings_with_elsewhere.standing = 0 and work_contracts.kind = 'direct_award'
                then 'direct_award'
            when
                standings_with_elsewhere.standing = 0
                and (
                    standings_with_elsewhere.is_named or standings_with_elsewhere.narrowness <> 101
                )
                then 'confirmed'
            when standings_with_elsewhere.standing = 0 then 'supplier_only'
            when standings_with_elsewhere.standing = 1 then 'tail'
            when standings_with_elsewhere.standing = 2 then 'not_entitled'
            when standings_with_elsewhere.standing = 3 then 'out_of_scope'
            when
                standings_with_elsewhere.standing = 4
                and standings_with_elsewhere.elsewhere_contract_no is not null
                then 'superseded'
            when standings_with_elsewhere.standing = 4 then 'expired'
            when standings_with_elsewhere.standing = 5 then 'not_started'
            when standings_with_elsewhere.elsewhere_contract_no is not null
                then 'covered_elsewhere'
            else 'no_contract'
        end as state,
    from standings_with_elsewhere
    left join work_contracts
        on standings_with_elsewhere.contract_no = work_contracts.contract_no
    left join work_exempt_lines
        on standings_with_elsewhere.line_id = work_exempt_lines.line_id
    left join work_line_decisions
        on standings_with_elsewhere.line_id = work_line_decisions.line_id
)

select
    line_id,
    vendor_no,
    purchase_date,
    amount_sek,
    state,
    case
        when is_line_decided then decided_contract_no
        when state in ('exempt', 'unidentified', 'no_contract') then null
        when state in ('superseded', 'covered_elsewhere') then elsewhere_contract_no
        else contract_no
    end as contract_no,
    case
        when not is_line_decided then exclusion_id
        when state = 'exempt' then 'decision'
    end as rule_id,
    is_line_decided,
    is_matched,
    case
        when is_line_decided then coalesce(is_decided_named, false)
        else state <> 'exempt' and coalesce(is_named, false)
    end as is_named,
    case
        when state in ('exempt', 'unidentified') then false
        when state = 'superseded' and elsewhere_contract_no is not null then true
        when standing is not null then is_named or narrowness <> 101
        when elsewhere_contract_no is not null then true
        else has_category
    end as is_scope_tested,
    state <> 'exempt' and has_valid_contract as has_valid_contract,
    case when not is_line_decided and state <> 'exempt' then review_contract_no end
        as review_contract_no,
    case when not is_line_decided and state <> 'exempt' then review_standing end
        as review_standing,
from states
