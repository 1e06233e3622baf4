-- Only a posting that crosses a ceiling has two parts: the first under it, the second over it.
select
    second_parts.line_id,
    first_parts.state as first_state,
    second_parts.state as second_state,
from coverage as second_parts
inner join coverage as first_parts
    on
    second_parts.line_id = first_parts.line_id
    and first_parts.part = 1
where
    second_parts.part = 2
    and (
        second_parts.state <> 'ceiling_exceeded'
        or first_parts.state = 'ceiling_exceeded'
        or first_parts.amount_sek = 0
        or second_parts.amount_sek = 0
        or first_parts.contract_id is distinct from second_parts.contract_id
    )
