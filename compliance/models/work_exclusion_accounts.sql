/*
For which accounts do an exclusion's account tests hold? One row per alternative that tests the
account, and account. `account` wants one prefix to fit, `account_not` none.
*/
with

fits as (
    select
        work_exclusion_tests.test_no,
        work_accounts.account_no,
        max(case when rule_exclusion_tests.field = 'account' then 1 else 0 end) as wanted,
        max(case when rule_exclusion_tests.field = 'account_not' then 1 else 0 end) as barred,
    from work_exclusion_tests
    inner join rule_exclusion_tests
        on
        work_exclusion_tests.exclusion_id = rule_exclusion_tests.exclusion_id
        and work_exclusion_tests.alternative = rule_exclusion_tests.alternative
        and rule_exclusion_tests.field in ('account', 'account_not')
    inner join work_accounts
        on starts_with(work_accounts.account_code, rule_exclusion_tests.value)
    group by work_exclusion_tests.test_no, work_accounts.account_no
)

select
    work_exclusion_tests.test_no,
    work_accounts.account_no,
from work_exclusion_tests
cross join work_accounts
left join fits
    on
    work_exclusion_tests.test_no = fits.test_no
    and work_accounts.account_no = fits.account_no
where
    work_exclusion_tests.tests_account
    and coalesce(fits.wanted, 0) >= work_exclusion_tests.wants_account
    and coalesce(fits.barred, 0) = 0
