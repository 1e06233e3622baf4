/*
When, from what and under which rules was this file built?
*/
select
    input_build.built_at,
    input_build.version,
    input_build.rules_digest,
    input_build.inputs_digest,
    make_date(rule_policy.baseline_year, 1, 1) as baseline_period,
    rule_policy.baseline_share,
    input_build.as_of,
    input_build.organisation,
    rule_policy.date_basis,
    rule_policy.tail_days,
    rule_policy.out_of_scope_counts_as,
    rule_policy.direct_award_counts_as,
    rule_policy.closing_lag_days,
    rule_policy.fiscal_year_start_month,
    input_build.smallest_group,
from input_build
cross join rule_policy
