/*
For which vendors do an exclusion's vendor tests hold? One row per alternative that tests the
vendor, and vendor; vendor_no 0 stands for a posting without vendor. Each field in the alternative
wants one value to fit, `counterparty_not` none; counterparty is a prefix of the org number.

A private person is named as the ledger names it, in any of its spellings, or by the pseudonym: what
is exempt does not depend on how a person is shown.
*/
with

vendors_and_none as (
    select
        vendor_no,
        real_org_number,
        case when is_person then 'true' else 'false' end as is_person,
    from work_vendors
    union all
    select
        0 as vendor_no,
        cast(null as varchar) as real_org_number,
        'false' as is_person,
),

names as (
    select
        vendor_no,
        lower(vendor_name) as vendor_name,
    from work_vendors
    union
    select
        work_vendors.vendor_no,
        lower(input_vendor_keys.vendor_name) as vendor_name,
    from input_vendor_keys
    inner join work_vendors
        on input_vendor_keys.vendor_id = work_vendors.vendor_id
    where work_vendors.is_person
),

named as (
    select
        vendors_and_none.*,
        names.vendor_name,
    from vendors_and_none
    left join names
        on vendors_and_none.vendor_no = names.vendor_no
),

fits as (
    select
        work_exclusion_tests.test_no,
        named.vendor_no,
        max(case when rule_exclusion_tests.field = 'vendor' then 1 else 0 end) as is_vendor,
        max(case when rule_exclusion_tests.field = 'person' then 1 else 0 end) as is_person,
        max(case when rule_exclusion_tests.field = 'counterparty' then 1 else 0 end)
            as is_counterparty,
        max(case when rule_exclusion_tests.field = 'counterparty_not' then 1 else 0 end) as barred,
    from work_exclusion_tests
    inner join rule_exclusion_tests
        on
        work_exclusion_tests.exclusion_id = rule_exclusion_tests.exclusion_id
        and work_exclusion_tests.alternative = rule_exclusion_tests.alternative
    inner join named
        on
        case rule_exclusion_tests.field
            when 'vendor' then named.vendor_name = lower(rule_exclusion_tests.value)
            when 'person' then named.is_person = lower(rule_exclusion_tests.value)
            when 'counterparty'
                then starts_with(named.real_org_number, rule_exclusion_tests.value)
            when 'counterparty_not'
                then starts_with(named.real_org_number, rule_exclusion_tests.value)
            else false
        end
    group by work_exclusion_tests.test_no, named.vendor_no
)

select
    work_exclusion_tests.test_no,
    vendors_and_none.vendor_no,
from work_exclusion_tests
cross join vendors_and_none
left join fits
    on
    work_exclusion_tests.test_no = fits.test_no
    and vendors_and_none.vendor_no = fits.vendor_no
where
    work_exclusion_tests.tests_vendor
    and coalesce(fits.is_vendor, 0) >= work_exclusion_tests.wants_vendor
    and coalesce(fits.is_person, 0) >= work_exclusion_tests.wants_person
    and coalesce(fits.is_counterparty, 0) >= work_exclusion_tests.wants_counterparty
    and coalesce(fits.barred, 0) = 0
