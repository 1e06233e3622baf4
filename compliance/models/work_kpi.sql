/*
What share was bought without a valid contract, for every period that is published? One row per
series (month, year, twelve months, month and department, year and department, year and category)
and what it is divided by.

    uncovered_share   = uncovered_sek / volume_sek, volume_sek = covered_sek + uncovered_sek
    supplier_fidelity = volume from suppliers with any valid contract on the date / volume_sek
    compliance        = confirmed / volume_sek, to that and supplier_only, tail, direct_award
    purchase_fidelity = 1 - leakage_sek / volume_sek

Exempt kronor are in no share. Credit notes are in, as negative kronor; a share whose volume is not
above zero has no answer: null. The shares are made here and nowhere else.

A period is preliminary until closing_lag_days after its last day, counted to the last booking date
of the data. Twelve months are told from the twelfth month of the data on; an order or an invoice
may be older than the ledger, whose first month is that of its first booking.
*/
with

data_start as (
    select
        cast(
            date_trunc(
                'month', min(coalesce(booking_date, invoice_date, order_date, delivery_date))
            ) as date
        ) as first_period,
    from input_postings
),

months as (
    select
        period,
        sum(volume_sek) as volume_sek,
        sum(exempt_sek) as exempt_sek,
        sum(covered_sek) as covered_sek,
        sum(uncovered_sek) as uncovered_sek,
        sum(uncovered_low_sek) as uncovered_low_sek,
        sum(uncovered_high_sek) as uncovered_high_sek,
        sum(with_supplier_sek) as with_supplier_sek,
        sum(confirmed_sek) as confirmed_sek,
        sum(possible_sek) as possible_sek,
        sum(tested_sek) as tested_sek,
        sum(gap_sek) as gap_sek,
        sum(leakage_sek) as leakage_sek,
        sum(expired_sek) as expired_sek,
        sum(ceiling_sek) as ceiling_sek,
        sum(entitlement_sek) as entitlement_sek,
        sum(scope_sek) as scope_sek,
        sum(unknown_sek) as unknown_sek,
        sum(posting_count) as posting_count,
    from work_sums
    group by period
),

periods as (
    select
        'month' as series,
        months.period as period,
        cast(null as varchar) as department,
        cast(null as varchar) as category_code,
        months.volume_sek,
        months.exempt_sek,
        months.covered_sek,
        months.uncovered_sek,
        months.uncovered_low_sek,
        months.uncovered_high_sek,
        months.with_supplier_sek,
        months.confirmed_sek,
        months.possible_sek,
        months.tested_sek,
        months.gap_sek,
        months.leakage_sek,
        months.expired_sek,
        months.ceiling_sek,
        months.entitlement_sek,
        months.scope_sek,
        months.unknown_sek,
        months.posting_count,
    from months
    union all
    select
        'year' as series,
        cast(date_trunc('year', work_sums.period) as date) as period,
        cast(null as varchar) as department,
        cast(null as varchar) as category_code,
        sum(work_sums.volume_sek) as volume_sek,
        sum(work_sums.exempt_sek) as exempt_sek,
        sum(work_sums.covered_sek) as covered_sek,
        sum(work_sums.uncovered_sek) as uncovered_sek,
        sum(work_sums.uncovered_low_sek) as uncovered_low_sek,
        sum(work_sums.uncovered_high_sek) as uncovered_high_sek,
        sum(work_sums.with_supplier_sek) as with_supplier_sek,
        sum(work_sums.confirmed_sek) as confirmed_sek,
        sum(work_sums.possible_sek) as possible_sek,
        sum(work_sums.tested_sek) as tested_sek,
        sum(work_sums.gap_sek) as gap_sek,
        sum(work_sums.leakage_sek) as leakage_sek,
        sum(work_sums.expired_sek) as expired_sek,
        sum(work_sums.ceiling_sek) as ceiling_sek,
        sum(work_sums.entitlement_sek) as entitlement_sek,
        sum(work_sums.scope_sek) as scope_sek,
        sum(work_sums.unknown_sek) as unknown_sek,
        sum(work_sums.posting_count) as posting_count,
    from work_sums
    group by cast(date_trunc('year', work_sums.period) as date)
    union all
    select
        'twelve months' as series,
        months.period as period,
        cast(null as varchar) as department,
        cast(null as varchar) as category_code,
        sum(earlier_months.volume_sek) as volume_sek,
        sum(earlier_months.exempt_sek) as exempt_sek,
        sum(earlier_months.covered_sek) as covered_sek,
        sum(earlier_months.uncovered_sek) as uncovered_sek,
        sum(earlier_months.uncovered_low_sek) as uncovered_low_sek,
        sum(earlier_months.uncovered_high_sek) as uncovered_high_sek,
        sum(earlier_months.with_supplier_sek) as with_supplier_sek,
        sum(earlier_months.confirmed_sek) as confirmed_sek,
        sum(earlier_months.possible_sek) as possible_sek,
        sum(earlier_months.tested_sek) as tested_sek,
        sum(earlier_months.gap_sek) as gap_sek,
        sum(earlier_months.leakage_sek) as leakage_sek,
        sum(earlier_months.expired_sek) as expired_sek,
        sum(earlier_months.ceiling_sek) as ceiling_sek,
        sum(earlier_months.entitlement_sek) as entitlement_sek,
        sum(earlier_months.scope_sek) as scope_sek,
        sum(earlier_months.unknown_sek) as unknown_sek,
        sum(earlier_months.posting_count) as posting_count,
    from months
    inner join months as earlier_months
        on
        earlier_months.period <= months.period
        and earlier_months.period > cast(months.period - interval 12 month as date)
    cross join data_start
    where months.period >= cast(data_start.first_period + interval 11 month as date)
    group by months.period
    union all
    select
        'month and department' as series,
        work_sums.period as period,
        work_sums.department as department,
        cast(null as varchar) as category_code,
        sum(work_sums.volume_sek) as volume_sek,
        sum(work_sums.exempt_sek) as exempt_sek,
        sum(work_sums.covered_sek) as covered_sek,
        sum(work_sums.uncovered_sek) as uncovered_sek,
        sum(work_sums.uncovered_low_sek) as uncovered_low_sek,
        sum(work_sums.uncovered_high_sek) as uncovered_high_sek,
        sum(work_sums.with_supplier_sek) as with_supplier_sek,
        sum(work_sums.confirmed_sek) as confirmed_sek,
        sum(work_sums.possible_sek) as possible_sek,
        sum(work_sums.tested_sek) as tested_sek,
        sum(work_sums.gap_sek) as gap_sek,
        sum(work_sums.leakage_sek) as leakage_sek,
        sum(work_sums.expired_sek) as expired_sek,
        sum(work_sums.ceiling_sek) as ceiling_sek,
        sum(work_sums.entitlement_sek) as entitlement_sek,
        sum(work_sums.scope_sek) as scope_sek,
        sum(work_sums.unknown_sek) as unknown_sek,
        sum(work_sums.posting_count) as posting_count,
    from work_sums
    group by work_sums.period, work_sums.department
    union all
    select
        'year and department' as series,
        cast(date_trunc('year', work_sums.period) as date) as period,
        work_sums.department as department,
        cast(null as varchar) as category_code,
        sum(work_sums.volume_sek) as volume_sek,
        sum(work_sums.exempt_sek) as exempt_sek,
        sum(work_sums.covered_sek) as covered_sek,
        sum(work_sums.uncovered_sek) as uncovered_sek,
        sum(work_sums.uncovered_low_sek) as uncovered_low_sek,
        sum(work_sums.uncovered_high_sek) as uncovered_high_sek,
        sum(work_sums.with_supplier_sek) as with_supplier_sek,
        sum(work_sums.confirmed_sek) as confirmed_sek,
        sum(work_sums.possible_sek) as possible_sek,
        sum(work_sums.tested_sek) as tested_sek,
        sum(work_sums.gap_sek) as gap_sek,
        sum(work_sums.leakage_sek) as leakage_sek,
        sum(work_sums.expired_sek) as expired_sek,
        sum(work_sums.ceiling_sek) as ceiling_sek,
        sum(work_sums.entitlement_sek) as entitlement_sek,
        sum(work_sums.scope_sek) as scope_sek,
        sum(work_sums.unknown_sek) as unknown_sek,
        sum(work_sums.posting_count) as posting_count,
    from work_sums
    group by cast(date_trunc('year', work_sums.period) as date), work_sums.department
    union all
    select
        'year and category' as series,
        cast(date_trunc('year', work_sums.period) as date) as period,
        cast(null as varchar) as department,
        work_sums.category_code as category_code,
        sum(work_sums.volume_sek) as volume_sek,
        sum(work_sums.exempt_sek) as exempt_sek,
        sum(work_sums.covered_sek) as covered_sek,
        sum(work_sums.uncovered_sek) as uncovered_sek,
        sum(work_sums.uncovered_low_sek) as uncovered_low_sek,
        sum(work_sums.uncovered_high_sek) as uncovered_high_sek,
        sum(work_sums.with_supplier_sek) as with_supplier_sek,
        sum(work_sums.confirmed_sek) as confirmed_sek,
        sum(work_sums.possible_sek) as possible_sek,
        sum(work_sums.tested_sek) as tested_sek,
        sum(work_sums.gap_sek) as gap_sek,
        sum(work_sums.leakage_sek) as leakage_sek,
        sum(work_sums.expired_sek) as expired_sek,
        sum(work_sums.ceiling_sek) as ceiling_sek,
        sum(work_sums.entitlement_sek) as entitlement_sek,
        sum(work_sums.scope_sek) as scope_sek,
        sum(work_sums.unknown_sek) as unknown_sek,
        sum(work_sums.posting_count) as posting_count,
    from work_sums
    group by cast(date_trunc('year', work_sums.period) as date), work_sums.category_code
)

select
    periods.series,
    periods.period,
    periods.department,
    periods.category_code,
    cast(periods.volume_sek as decimal(18, 2)) as volume_sek,
    cast(periods.exempt_sek as decimal(18, 2)) as exempt_sek,
    cast(periods.covered_sek as decimal(18, 2)) as covered_sek,
    cast(periods.uncovered_sek as decimal(18, 2)) as uncovered_sek,
    case
        when periods.volume_sek > 0
            then cast(periods.uncovered_sek as double) / cast(periods.volume_sek as double)
    end as uncovered_share,
    case
        when periods.volume_sek > 0
            then cast(periods.uncovered_low_sek as double) / cast(periods.volume_sek as double)
    end as uncovered_share_low,
    case
        when periods.volume_sek > 0
            then cast(periods.uncovered_high_sek as double) / cast(periods.volume_sek as double)
    end as uncovered_share_high,
    rule_targets.target_share,
    case
        when periods.volume_sek > 0
            then cast(periods.with_supplier_sek as double) / cast(periods.volume_sek as double)
    end as supplier_fidelity,
    case
        when periods.volume_sek > 0
            then cast(periods.confirmed_sek as double) / cast(periods.volume_sek as double)
    end as compliance_low,
    case
        when periods.volume_sek > 0
            then cast(periods.possible_sek as double) / cast(periods.volume_sek as double)
    end as compliance_high,
    case
        when periods.volume_sek > 0
            then cast(periods.tested_sek as double) / cast(periods.volume_sek as double)
    end as tested_share,
    case
        when periods.volume_sek > 0
            then
                1 - cast(periods.leakage_sek as double) / cast(periods.volume_sek as double)
    end as purchase_fidelity,
    cast(periods.gap_sek as decimal(18, 2)) as gap_sek,
    cast(periods.leakage_sek as decimal(18, 2)) as leakage_sek,
    cast(periods.expired_sek as decimal(18, 2)) as expired_sek,
    cast(periods.ceiling_sek as decimal(18, 2)) as ceiling_sek,
    cast(periods.entitlement_sek as decimal(18, 2)) as entitlement_sek,
    cast(periods.scope_sek as decimal(18, 2)) as scope_sek,
    cast(periods.unknown_sek as decimal(18, 2)) as unknown_sek,
    coalesce(
        case
            when periods.series in ('year', 'year and department', 'year and category')
                then cast(periods.period + interval 1 year as date)
            else cast(periods.period + interval 1 month as date)
        end + rule_policy.closing_lag_days > input_build.as_of,
        true
    ) as is_preliminary,
    cast(periods.uncovered_low_sek as decimal(18, 2)) as uncovered_low_sek,
    cast(periods.uncovered_high_sek as decimal(18, 2)) as uncovered_high_sek,
    cast(periods.posting_count as bigint) as posting_count,
from periods
cross join rule_policy
cross join input_build
left join rule_targets
    on cast(year(periods.period) as integer) = rule_targets.year
