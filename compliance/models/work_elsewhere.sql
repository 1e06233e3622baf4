/*
Which contract, whoever its supplier, has a posting in tested scope and its unit entitled, and when?
One row per scope_no (accounts that no scope entry tells apart), unit, month of the ledger, and
stretch of days of that month in which one contract lot is the best: the narrowest scope, then
contract_no. unit_no 0 are the lots open to all units; other units have a row only where a lot that
names them is better than these.

It need not be asked whose contract it is: a posting that comes this far has no valid contract of
its own supplier in scope, so whatever is found is another supplier's. No tail, and no ceiling.

Most lots are valid for a month from its first day to its last, and the best of these is a minimum.
Only lots that begin or end within the month, and are better than that, cut it into stretches:
comparing every stretch of the years with every lot of the account costs the square of their number.
Both are found per scope entry first, since many accounts share one.

A lot is no longer the best once one that is better has begun and lasts as long. Of the few that are
just better, and so (contract_no) began next, one nearly always does: a lot is looked at until then
and not for all of its years. The months that this leaves out it cannot win.

Stretches do not overlap, so a posting finds one or none.
*/
with

entries as (
    select distinct
        prefix_no,
        scheme,
        prefix,
        prefix_length,
    from work_prefixes
),

lots as (
    select
        entries.prefix_no,
        coalesce(work_entitlements.unit_no, 0) as unit_no,
        work_contracts.valid_from,
        work_contracts.last_day,
        (100 - least(entries.prefix_length, 99)) * cast(16777216 as bigint)
        + work_contracts.contract_no as choice,
    from input_contract_scopes
    inner join entries
        on
        input_contract_scopes.scheme = entries.scheme
        and input_contract_scopes.prefix = entries.prefix
    inner join work_contracts
        on
        input_contract_scopes.contract_id = work_contracts.contract_id
        and input_contract_scopes.lot = work_contracts.lot
    left join work_entitlements
        on work_contracts.contract_no = work_entitlements.contract_no
    where not work_contracts.has_units or work_entitlements.unit_no is not null
),

days as (
    select distinct purchase_date
    from work_lines
),

months as (
    select distinct
        cast(year(purchase_date) * 12 + month(purchase_date) as integer) as month_no,
        cast(date_trunc('month', purchase_date) as date) as first_day,
        cast(date_trunc('month', purchase_date) + interval 1 month - interval 1 day as date)
            as last_day,
    from days
),

lots_with_better as (
    select
        *,
        max(last_day) over (
            partition by prefix_no, unit_no
            order by choice
            rows between 4 preceding and 1 preceding
        ) as better_last_day,
        max(valid_from) over (
            partition by prefix_no, unit_no
            order by choice
            rows between 4 preceding and 1 preceding
        ) as better_valid_from,
        max(last_day) over (
            partition by prefix_no, unit_no
            order by choice
            rows between 16 preceding and 1 preceding
        ) as any_better_last_day,
        max(valid_from) over (
            partition by prefix_no, unit_no
            order by choice
            rows between 16 preceding and 1 preceding
        ) as any_better_valid_from,
    from lots
),

lots_as_long_as_best as (
    select
        prefix_no,
        unit_no,
        choice,
        valid_from,
        last_day,
        case
            when better_last_day >= last_day then better_valid_from
            when any_better_last_day >= last_day then any_better_valid_from
            else last_day
        end as best_until,
    from lots_with_better
),

lots_in_months as (
    select
        lots_as_long_as_best.prefix_no,
        lots_as_long_as_best.unit_no,
        lots_as_long_as_best.choice,
        months.month_no,
        greatest(lots_as_long_as_best.valid_from, months.first_day) as valid_from,
        least(lots_as_long_as_best.last_day, months.last_day) as last_day,
        lots_as_long_as_best.valid_from <= months.first_day
        and lots_as_long_as_best.last_day >= months.last_day as is_whole,
    from lots_as_long_as_best
    inner join months
        on
        lots_as_long_as_best.valid_from <= months.last_day
        and least(lots_as_long_as_best.last_day, lots_as_long_as_best.best_until)
        >= months.first_day
),

whole_by_entry as (
    select
        prefix_no,
        unit_no,
        month_no,
        min(choice) as choice,
    from lots_in_months
    where is_whole
    group by prefix_no, unit_no, month_no
),

parts_by_entry as (
    select
        lots_in_months.prefix_no,
        lots_in_months.unit_no,
        lots_in_months.month_no,
        lots_in_months.valid_from,
        lots_in_months.last_day,
        lots_in_months.choice,
    from lots_in_months
    left join whole_by_entry
        on
        lots_in_months.prefix_no = whole_by_entry.prefix_no
        and lots_in_months.unit_no = whole_by_entry.unit_no
        and lots_in_months.month_no = whole_by_entry.month_no
    where
        not lots_in_months.is_whole
        and (whole_by_entry.choice is null or lots_in_months.choice < whole_by_entry.choice)
),

whole as (
    select
        work_prefixes.scope_no,
        whole_by_entry.unit_no,
        whole_by_entry.month_no,
        min(whole_by_entry.choice) as choice,
    from whole_by_entry
    inner join work_prefixes
        on whole_by_entry.prefix_no = work_prefixes.prefix_no
    group by work_prefixes.scope_no, whole_by_entry.unit_no, whole_by_entry.month_no
),

parts as (
    select distinct
        work_prefixes.scope_no,
        parts_by_entry.unit_no,
        parts_by_entry.month_no,
        parts_by_entry.valid_from,
        parts_by_entry.last_day,
        parts_by_entry.choice,
    from parts_by_entry
    inner join work_prefixes
        on parts_by_entry.prefix_no = work_prefixes.prefix_no
    left join whole
        on
        work_prefixes.scope_no = whole.scope_no
        and parts_by_entry.unit_no = whole.unit_no
        and parts_by_entry.month_no = whole.month_no
    left join whole as whole_for_all
        on
        work_prefixes.scope_no = whole_for_all.scope_no
        and whole_for_all.unit_no = 0
        and parts_by_entry.month_no = whole_for_all.month_no
    where
        (whole.choice is null or parts_by_entry.choice < whole.choice)
        and (whole_for_all.choice is null or parts_by_entry.choice <= whole_for_all.choice)
),

first_days as (
    select
        whole.scope_no,
        whole.unit_no,
        whole.month_no,
        months.first_day as valid_from,
    from whole
    inner join months
        on whole.month_no = months.month_no
    union
    select
        scope_no,
        unit_no,
        month_no,
        valid_from,
    from parts
    union
    select
        scope_no,
        unit_no,
        month_no,
        cast(last_day + interval 1 day as date) as valid_from,
    from parts
),

stretches as (
    select
        first_days.scope_no,
        first_days.unit_no,
        first_days.month_no,
        first_days.valid_from,
        coalesce(
            cast(
                lead(first_days.valid_from) over (
                    partition by first_days.scope_no, first_days.unit_no, first_days.month_no
                    order by first_days.valid_from
                ) - interval 1 day as date
            ),
            months.last_day
        ) as last_day,
    from first_days
    inner join months
        on first_days.month_no = months.month_no
    where first_days.valid_from <= months.last_day
),

best_parts as (
    select
        stretches.scope_no,
        stretches.unit_no,
        stretches.month_no,
        stretches.valid_from,
        min(parts.choice) as choice,
    from stretches
    inner join parts
        on
        stretches.scope_no = parts.scope_no
        and stretches.unit_no = parts.unit_no
        and stretches.month_no = parts.month_no
        and stretches.valid_from >= parts.valid_from
        and stretches.valid_from <= parts.last_day
    group by
        stretches.scope_no, stretches.unit_no, stretches.month_no, stretches.valid_from
)

select
    stretches.scope_no,
    stretches.unit_no,
    stretches.month_no,
    stretches.valid_from,
    stretches.last_day,
    coalesce(best_parts.choice, whole.choice) as choice,
from stretches
left join best_parts
    on
    stretches.scope_no = best_parts.scope_no
    and stretches.unit_no = best_parts.unit_no
    and stretches.month_no = best_parts.month_no
    and stretches.valid_from = best_parts.valid_from
left join whole
    on
    stretches.scope_no = whole.scope_no
    and stretches.unit_no = whole.unit_no
    and stretches.month_no = whole.month_no
where best_parts.choice is not null or whole.choice is not null
