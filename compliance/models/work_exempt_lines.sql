/*
Which postings are not purchases, and by which exclusion? One row per exempt posting, with the first
exclusion (in the order of the file) that applies on its date.

The tests were made once per account and once per vendor; a posting only looks up the alternatives
that hold for its account or, where an alternative does not look at the account, for its vendor.
*/
with

alternatives_by_account as (
    select
        work_lines.line_id,
        work_exclusion_accounts.test_no,
    from work_lines
    inner join work_exclusion_accounts
        on work_lines.account_no = work_exclusion_accounts.account_no
),

alternatives_by_vendor as (
    select
        work_lines.line_id,
        work_exclusion_tests.test_no,
    from work_exclusion_tests
    inner join work_exclusion_vendors
        on work_exclusion_tests.test_no = work_exclusion_vendors.test_no
    inner join work_lines
        on work_exclusion_vendors.vendor_no = coalesce(work_lines.vendor_no, 0)
    where not work_exclusion_tests.tests_account
),

alternatives_by_neither as (
    select
        work_lines.line_id,
        work_exclusion_tests.test_no,
    from work_exclusion_tests
    cross join work_lines
    where not work_exclusion_tests.tests_account and not work_exclusion_tests.tests_vendor
),

alternatives as (
    select * from alternatives_by_account
    union all
    select * from alternatives_by_vendor
    union all
    select * from alternatives_by_neither
),

units_that_fit as (
    select distinct
        work_exclusion_tests.test_no,
        work_units.unit_no,
    from work_exclusion_tests
    inner join rule_exclusion_tests
        on
        work_exclusion_tests.exclusion_id = rule_exclusion_tests.exclusion_id
        and work_exclusion_tests.alternative = rule_exclusion_tests.alternative
        and rule_exclusion_tests.field = 'unit'
    inner join work_units
        on lower(rule_exclusion_tests.value) = lower(work_units.unit)
),

texts_that_fit as (
    select distinct
        work_exclusion_tests.test_no,
        input_postings.line_id,
    from work_exclusion_tests
    inner join rule_exclusion_tests
        on
        work_exclusion_tests.exclusion_id = rule_exclusion_tests.exclusion_id
        and work_exclusion_tests.alternative = rule_exclusion_tests.alternative
        and rule_exclusion_tests.field = 'text'
    inner join input_postings
        on contains(lower(input_postings.text), lower(rule_exclusion_tests.value))
),

first_exclusions as (
    select
        work_lines.line_id,
        min(work_exclusion_tests.exclusion_place) as exclusion_place,
    from alternatives
    inner join work_exclusion_tests
        on alternatives.test_no = work_exclusion_tests.test_no
    inner join work_lines
        on
        alternatives.line_id = work_lines.line_id
        and work_lines.purchase_date >= work_exclusion_tests.valid_from
        and work_lines.purchase_date <= work_exclusion_tests.valid_to
    left join work_exclusion_vendors
        on
        alternatives.test_no = work_exclusion_vendors.test_no
        and coalesce(work_lines.vendor_no, 0) = work_exclusion_vendors.vendor_no
    left join units_that_fit
        on
        alternatives.test_no = units_that_fit.test_no
        and work_lines.unit_no = units_that_fit.unit_no
    left join texts_that_fit
        on
        alternatives.test_no = texts_that_fit.test_no
        and alternatives.line_id = texts_that_fit.line_id
    where
        (not work_exclusion_tests.tests_vendor or work_exclusion_vendors.test_no is not null)
        and (not work_exclusion_tests.tests_unit or units_that_fit.test_no is not null)
        and (not work_exclusion_tests.tests_text or texts_that_fit.test_no is not null)
    group by work_lines.line_id
)

select
    first_exclusions.line_id,
    rule_exclusions.exclusion_id,
from first_exclusions
inner join rule_exclusions
    on first_exclusions.exclusion_place = rule_exclusions.position
