/*
Who may call off from each contract lot that is not open to all?
*/
select distinct
    contract_id,
    lot,
    unit,
from input_contract_units
