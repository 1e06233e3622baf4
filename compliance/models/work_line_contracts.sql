/*
Which contract lot of its supplier does each posting belong to, and how does it stand to it? One
row per posting, the best among work_line_lots; standing is null where there is none. Read through,
never stored.

Most vendors have one lot, and nothing to compare. Between several: the best standing; the named
one; the narrowest scope (longest prefix, untestable last, untested because named after that); then
contract_no. All four are packed into one number, `choice`, so that the best is a minimum and no
posting is sorted.

    choice = ((standing × 2 + unnamed) × 128 + narrowness) × 2^24 + contract_no

Lots of a match in review are chosen among apart, for uncovered_share_low alone: review_contract_no
and review_standing are there when, were the match right, the posting would go to that lot.
*/
with

lots_with_choice as (
    select
        line_id,
        is_review,
        has_valid_contract,
        is_matched,
        ((standing * 2 + case when is_named then 0 else 1 end) * 128 + narrowness)
        * cast(16777216 as bigint)
        + contract_no as choice,
    from work_line_lots
    where not is_only_lot
),

best_of_several as (
    select
        line_id,
        min(case when not is_review then choice end) as choice,
        min(case when is_review then choice end) as review_choice,
        max(case when has_valid_contract then 1 else 0 end) as has_valid_contract,
        max(case when is_matched then 1 else 0 end) as is_matched,
    from lots_with_choice
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
    case when not is_review then contract_no end as contract_no,
    case when not is_review then standing end as standing,
    case when not is_review then is_named end as is_named,
    case when not is_review then narrowness end as narrowness,
    case when is_review then contract_no end as review_contract_no,
    case when is_review then standing end as review_standing,
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
    cast(best_of_several.choice // 4294967296 as integer) as standing,
    cast(best_of_several.choice // 2147483648 as integer) % 2 = 0 as is_named,
    cast(best_of_several.choice // 16777216 as integer) % 128 as narrowness,
    case
        when best_of_several.review_choice < coalesce(best_of_several.choice, 9223372036854775807)
            then cast(best_of_several.review_choice % 16777216 as integer)
    end as review_contract_no,
    case
        when best_of_several.review_choice < coalesce(best_of_several.choice, 9223372036854775807)
            then cast(best_of_several.review_choice // 4294967296 as integer)
    end as review_standing,
    best_of_several.has_valid_contract = 1 as has_valid_contract,
    best_of_several.is_matched = 1 as is_matched,
from best_of_several
inner join work_lines
    on best_of_several.line_id = work_lines.line_id
