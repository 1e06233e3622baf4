-- Every posting has exactly one state per part, and it is one that the contract knows.
select
    line_id,
    part,
    count(*) as row_count,
    min(state) as state,
from coverage
group by line_id, part
having
    count(*) <> 1
    or min(state) is null
    or max(
        case
            when
                state in (
                    'exempt', 'unidentified', 'confirmed', 'supplier_only', 'direct_award',
                    'tail', 'ceiling_exceeded', 'not_entitled', 'out_of_scope', 'superseded',
                    'expired', 'not_started', 'covered_elsewhere', 'no_contract'
                )
                then 0
            else 1
        end
    ) = 1
