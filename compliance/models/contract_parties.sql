/*
Which suppliers may sell under each contract lot, and in which order?
*/
select
    contract_id,
    lot,
    supplier_id,
    cast(min(rank) as integer) as rank,
from input_contract_parties
group by contract_id, lot, supplier_id
