/*
Which department is a unit, and when? One row per unit of the ledger and stretch of time. A unit
that rules/organisation.toml does not list, or not then, is its own department; a row without unit
(here '') has none. shown_unit is the unit as published: the same, unless it names a person.
*/
with

unit_names as (
    select distinct coalesce(unit, '') as unit
    from input_postings
),

fitting_rules as (
    select
        unit_names.unit,
        rule_units.department,
        coalesce(rule_units.valid_from, date '0001-01-01') as valid_from,
        coalesce(rule_units.valid_to, date '9999-12-31') as valid_to,
    from unit_names
    inner join rule_units
        on lower(unit_names.unit) = lower(rule_units.unit)
),

first_days as (
    select
        unit,
        date '0001-01-01' as valid_from,
    from unit_names
    union
    select
        unit,
        valid_from,
    from fitting_rules
    union
    select
        unit,
        cast(valid_to + interval 1 day as date) as valid_from,
    from fitting_rules
    where valid_to < date '9999-12-31'
),

stretches as (
    select
        unit,
        valid_from,
        coalesce(
            cast(
                lead(valid_from) over (partition by unit order by valid_from)
                - interval 1 day as date
            ),
            date '9999-12-31'
        ) as valid_to,
    from first_days
),

departments as (
    select
        stretches.unit,
        stretches.valid_from,
        stretches.valid_to,
        min(fitting_rules.department) as department,
    from stretches
    left join fitting_rules
        on
        stretches.unit = fitting_rules.unit
        and stretches.valid_from >= fitting_rules.valid_from
        and stretches.valid_from <= fitting_rules.valid_to
    group by stretches.unit, stretches.valid_from, stretches.valid_to
)

select
    cast(row_number() over (order by departments.unit, departments.valid_from) as integer)
        as unit_no,
    departments.unit,
    departments.valid_from,
    departments.valid_to,
    coalesce(input_masks.masked, nullif(departments.unit, '')) as shown_unit,
    coalesce(departments.department, input_masks.masked, nullif(departments.unit, ''))
        as department,
from departments
left join input_masks
    on departments.unit = input_masks.value and input_masks.field = 'unit'
