/*
Which contract lot of its supplier does each posting belong to, and how does it stand to it? One
row per posting, the best among work_line_lots; standing is null where there is none. Read through,
never stored.

Most vendors have one lot, and nothing to compare. Between several: the best standing; the named
one; the narrowest scope (longest prefix, untestable last, untested because named after that); then
contract_no. All four are packed into one number, `choice`, so that the best is a minimum and no
posting is sorted. Lots of a vendor in review (8 added to the standing) come after every other: they
are for uncovered_share_low alone.

    choice = ((standing × 2 + unnamed) × 128 + narrowness) × 2^24 + contract_no
*/
with

best_of_several as (
    select
        line_id,
        min(
            (
                (
                    (standing + case when is_review then 8 else 0 end) * 2
                    + case when is_named then 0 else 1 end
                ) * 128
                + narrowness
            ) * cast(16777216 as bigint)
            + contract_no
        ) as choice,
        max(case when has_valid_contract then 1 else 0 end) as has_valid_contract,
        max(case when is_matched then 1 else 0 end) as is_matched,
    from work_line_lots
    where not is_only_lot
    group by line_id
)

select
    line_id,
    vendor_no,
    purchase_date,
    amount_sek,
    is_usable,
    has_category,
    scope_no,
    unit_no,
    contract_no,
    standing,
    is_review,
    is_named,
    narrowness,
    coalesce(has_valid_contract, false) as has_valid_contract,
    coalesce(is_matched, false) as is_matched,
from work_line_lots
where coalesce(is_only_lot, true)

union all

select
    work_lines.line_id,
    work_lines.vendor_no,
    work_lines.purchase_date,
    work_lines.amount_sek,
    work_lines.is_usable,
    work_lines.has_category,
    work_lines.scope_no,
    work_lines.unit_no,
    cast(best_of_several.choice % 16777216 as integer) as contract_no,
    cast(best_of_several.choice // 4294967296 as integer) % 8 as standing,
    best_of_several.choice >= cast(8 as bigint) * 4294967296 as is_review,
    cast(best_of_several.choice // 2147483648 as integer) % 2 = 0 as is_named,
    cast(best_of_several.choice // 16777216 as integer) % 128 as narrowness,
    best_of_several.has_valid_contract = 1 as has_valid_contract,
    best_of_several.is_matched = 1 as is_matched,
from best_of_several
inner join work_lines
    on best_of_several.line_id = work_lines.line_id
