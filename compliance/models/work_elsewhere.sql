/*
Which contract, whoever its supplier, has a posting in tested scope and its unit entitled, and when?
One row per scope_no (accounts that no scope entry tells apart), unit, month of the ledger, and
stretch of days in which one contract lot is the best: the narrowest scope, then contract_no.
unit_no 0 are the lots open to all units.

It need not be asked whose contract it is: a posting that comes this far has no valid contract of
its own supplier in scope, so whatever is found is another supplier's. No tail, and no ceiling.

Stretches do not overlap, so a posting finds one or none; the month is only there to find it by
equality instead of comparing every stretch of the account.
*/
with

lots as (
    select
        work_scopes.scope_no,
        coalesce(work_entitlements.unit_no, 0) as unit_no,
        work_contracts.valid_from,
        work_contracts.last_day,
        (100 - least(work_scopes.prefix_length, 99)) * cast(16777216 as bigint)
        + work_contracts.contract_no as choice,
    from work_scopes
    inner join work_contracts
        on work_scopes.contract_no = work_contracts.contract_no
    left join work_entitlements
        on work_contracts.contract_no = work_entitlements.contract_no
    where not work_contracts.has_units or work_entitlements.unit_no is not null
),

first_days as (
    select
        scope_no,
        unit_no,
        valid_from,
    from lots
    union
    select
        scope_no,
        unit_no,
        cast(last_day + interval 1 day as date) as valid_from,
    from lots
),

stretches as (
    select
        scope_no,
        unit_no,
        valid_from,
        coalesce(
            cast(
                lead(valid_from) over (partition by scope_no, unit_no order by valid_from)
                - interval 1 day as date
            ),
            date '9999-12-31'
        ) as last_day,
    from first_days
),

best_lots as (
    select
        stretches.scope_no,
        stretches.unit_no,
        stretches.valid_from,
        stretches.last_day,
        min(lots.choice) as choice,
    from stretches
    inner join lots
        on
        stretches.scope_no = lots.scope_no
        and stretches.unit_no = lots.unit_no
        and stretches.valid_from >= lots.valid_from
        and stretches.valid_from <= lots.last_day
    group by
        stretches.scope_no, stretches.unit_no, stretches.valid_from, stretches.last_day
),

months as (
    select distinct cast(year(purchase_date) * 12 + month(purchase_date) as integer) as month_no
    from work_lines
)

select
    best_lots.scope_no,
    best_lots.unit_no,
    months.month_no,
    best_lots.valid_from,
    best_lots.last_day,
    best_lots.choice,
from best_lots
inner join months
    on
    months.month_no >= year(best_lots.valid_from) * 12 + month(best_lots.valid_from)
    and months.month_no <= year(best_lots.last_day) * 12 + month(best_lots.last_day)
