/*
What may be bought under each contract lot?
*/
select distinct
    contract_id,
    lot,
    scheme,
    prefix,
from input_contract_scopes
