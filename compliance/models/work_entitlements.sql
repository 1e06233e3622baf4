/*
Which units may call off from a contract lot that is not open to all? One row per lot and unit: the
register names the unit, or the department that it belongs to by its name or one that it had
formerly. A department that only has a unit of that name is not meant: the contract is that unit's.
*/
with

named_units as (
    select
        work_contracts.contract_no,
        lower(input_contract_units.unit) as unit,
    from input_contract_units
    inner join work_contracts
        on
        input_contract_units.contract_id = work_contracts.contract_id
        and input_contract_units.lot = work_contracts.lot
),

unit_names as (
    select
        unit_no,
        lower(unit) as unit,
    from work_units
    union
    select
        unit_no,
        lower(department) as unit,
    from work_units
    union
    select
        work_units.unit_no,
        lower(former_names.former_name) as unit,
    from work_units
    inner join former_names
        on work_units.department = former_names.department
)

select distinct
    named_units.contract_no,
    unit_names.unit_no,
from named_units
inner join unit_names
    on named_units.unit = unit_names.unit
