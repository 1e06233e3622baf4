/*
Which units may call off from a contract lot that is not open to all? One row per lot and unit: the
register names the unit, or the department that it belongs to.
*/
select distinct
    work_contracts.contract_no,
    work_units.unit_no,
from input_contract_units
inner join work_contracts
    on
    input_contract_units.contract_id = work_contracts.contract_id
    and input_contract_units.lot = work_contracts.lot
inner join work_units
    on
    lower(input_contract_units.unit) = lower(work_units.unit)
    or lower(input_contract_units.unit) = lower(work_units.department)
