/*
What does each exclusion look at? One row per alternative of an exclusion, with the kinds of test
that it makes. An exclusion applies when one of its alternatives does; an alternative, when all of
its tests hold.
*/
select
    cast(
        row_number() over (
            order by rule_exclusions.position, rule_exclusion_tests.alternative
        ) as integer
    ) as test_no,
    rule_exclusions.exclusion_id,
    rule_exclusion_tests.alternative,
    rule_exclusions.position as exclusion_place,
    coalesce(rule_exclusions.valid_from, date '0001-01-01') as valid_from,
    coalesce(rule_exclusions.valid_to, date '9999-12-31') as valid_to,
    max(case when rule_exclusion_tests.field in ('account', 'account_not') then 1 else 0 end) = 1
        as tests_account,
    max(
        case
            when
                rule_exclusion_tests.field in (
                    'vendor', 'counterparty', 'counterparty_not', 'person'
                )
                then 1
            else 0
        end
    ) = 1 as tests_vendor,
    max(case when rule_exclusion_tests.field = 'unit' then 1 else 0 end) = 1 as tests_unit,
    max(case when rule_exclusion_tests.field = 'text' then 1 else 0 end) = 1 as tests_text,
    max(case when rule_exclusion_tests.field = 'account' then 1 else 0 end) as wants_account,
    max(case when rule_exclusion_tests.field = 'vendor' then 1 else 0 end) as wants_vendor,
    max(case when rule_exclusion_tests.field = 'person' then 1 else 0 end) as wants_person,
    max(case when rule_exclusion_tests.field = 'counterparty' then 1 else 0 end)
        as wants_counterparty,
from rule_exclusions
inner join rule_exclusion_tests
    on rule_exclusions.exclusion_id = rule_exclusion_tests.exclusion_id
group by
    rule_exclusions.exclusion_id,
    rule_exclusion_tests.alternative,
    rule_exclusions.position,
    rule_exclusions.valid_from,
    rule_exclusions.valid_to
