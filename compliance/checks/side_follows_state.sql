-- A part stands on the side of its state; only the two switches may move a state's side.
select
    coverage.line_id,
    coverage.part,
    coverage.state,
    coverage.side,
from coverage
cross join rule_policy
where
    coverage.side is distinct from
    case coverage.state
        when 'exempt' then 'exempt'
        when 'confirmed' then 'covered'
        when 'supplier_only' then 'covered'
        when 'tail' then 'covered'
        when 'direct_award' then rule_policy.direct_award_counts_as
        when 'out_of_scope' then rule_policy.out_of_scope_counts_as
        else 'uncovered'
    end
