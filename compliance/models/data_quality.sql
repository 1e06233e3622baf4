/*
What about the data should a reader of the figures know? One row per thing found; a thing that is
not there has no row. amount_sek is what it concerns, in kronor: for general_ledger_seen, what the
general ledger has on the same accounts and the supplier ledger has not.

error    the figure is wrong until it is mended
warning  the figure may move when it is mended
info     good to know
*/
with

month_counts as (
    select
        date_trunc('month', purchase_date) as month_day,
        count(*) as posting_count,
        sum(amount_sek) as amount_sek,
    from ledger_lines
    group by date_trunc('month', purchase_date)
),

last_months as (
    select
        max(month_counts.month_day) as month_day,
        count(*) - 1 as earlier_month_count,
        sum(month_counts.posting_count) as posting_count,
    from month_counts
),

-- The order's or the invoice's day may be older than the ledger: not the booking's.
ledger_starts as (
    select date_trunc('month', coalesce(min(booking_date), min(purchase_date))) as first_day
    from ledger_lines
),

rejected as (
    select
        file_row,
        reason,
        amount_sek,
        row_number() over (order by file_id, file_row) = 1 as is_first,
    from rejected_rows
),

notes as (
    select
        'rejected_rows' as name,
        'warning' as severity,
        count(*) as row_count,
        sum(coalesce(amount_sek, 0)) as amount_sek,
        min(case when is_first then concat('row ', cast(file_row as varchar), ': ', reason) end)
            as example,
    from rejected
    union all
    -- What stood behind it is in no figure, and nobody knows how much that was.
    select
        'file_breaks_off' as name,
        'error' as severity,
        count(*) as row_count,
        null as amount_sek,
        min(concat(source_files.path, ': row ', cast(rejected_rows.file_row as varchar)))
            as example,
    from rejected_rows
    inner join source_files
        on rejected_rows.file_id = source_files.file_id
    where starts_with(rejected_rows.reason, 'the file breaks off')
    having count(*) > 0
    union all
    select
        'delivery_repeated' as name,
        'warning' as severity,
        sum(row_count) as row_count,
        sum(amount_sek) as amount_sek,
        min(
            concat(
                path, ': ', cast(row_count as varchar), ' of ', cast(rows_loaded as varchar),
                ' rows are also in ', earlier_path
            )
        ) as example,
    from work_repeated_deliveries
    having count(*) > 0
    union all
    select
        'source_notes' as name,
        'info' as severity,
        cast(sum(rows_loaded) as bigint) as row_count,
        sum(loaded_sek) as amount_sek,
        concat(cast(count(*) as varchar), ' files, ', min(path), ' the first: ', notes) as example,
    from source_files
    where notes is not null and notes <> ''
    group by notes
    union all
    select
        'replaced_rows_left_out' as name,
        'warning' as severity,
        cast(sum(left_out_rows) as bigint) as row_count,
        sum(left_out_sek) as amount_sek,
        concat(min(path), ' replaces ', min(replaced_paths)) as example,
    from source_files
    where left_out_rows > 0
    union all
    -- One wrong year makes another month the latest one.
    select
        'last_month_thin' as name,
        'warning' as severity,
        month_counts.posting_count as row_count,
        month_counts.amount_sek,
        concat('month ', cast(cast(month_counts.month_day as date) as varchar)) as example,
    from month_counts
    inner join last_months
        on month_counts.month_day = last_months.month_day
    where
        last_months.earlier_month_count >= 3
        and month_counts.posting_count * 10 * last_months.earlier_month_count
        < last_months.posting_count - month_counts.posting_count
    union all
    -- Its ledger file is gone: the figure that was reported has nothing to stand on.
    select
        'closed_month_without_postings' as name,
        'warning' as severity,
        count(*) as row_count,
        sum(input_reported.reported_volume_sek) as amount_sek,
        concat('month ', cast(cast(min(input_reported.period) as date) as varchar)) as example,
    from input_reported
    left join month_counts
        on input_reported.period = month_counts.month_day
    where month_counts.month_day is null
    union all
    select
        'vendor_unidentified' as name,
        'warning' as severity,
        count(case when part = 1 then 1 end) as row_count,
        sum(amount_sek) as amount_sek,
        concat('line_id ', cast(min(line_id) as varchar)) as example,
    from purchases
    where state = 'unidentified'
    union all
    select
        'match_in_review' as name,
        'warning' as severity,
        count(case when purchases.part = 1 then 1 end) as row_count,
        sum(purchases.amount_sek) as amount_sek,
        concat('vendor_id ', min(purchases.vendor_id)) as example,
    from purchases
    inner join vendor_matches
        on purchases.vendor_id = vendor_matches.vendor_id
    where vendor_matches.outcome = 'review' and purchases.side <> 'exempt'
    union all
    select
        'reference_does_not_hold' as name,
        'warning' as severity,
        count(case when part = 1 then 1 end) as row_count,
        sum(amount_sek) as amount_sek,
        concat('line_id ', cast(min(line_id) as varchar)) as example,
    from purchases
    where contract_ref is not null and not is_named and side <> 'exempt'
    union all
    select
        'account_without_category' as name,
        'warning' as severity,
        count(case when part = 1 then 1 end) as row_count,
        sum(amount_sek) as amount_sek,
        concat('account ', coalesce(min(account_code), 'missing')) as example,
    from purchases
    where category_code is null and side <> 'exempt'
    union all
    select
        'unit_missing' as name,
        'info' as severity,
        count(case when part = 1 then 1 end) as row_count,
        sum(amount_sek) as amount_sek,
        concat('line_id ', cast(min(line_id) as varchar)) as example,
    from purchases
    where department is null
    union all
    select
        'contract_without_scope' as name,
        'info' as severity,
        count(*) as row_count,
        sum(contracts.called_off_sek) as amount_sek,
        concat('contract_id ', min(contracts.contract_id)) as example,
    from contracts
    left join contract_scopes
        on
        contracts.contract_id = contract_scopes.contract_id
        and contracts.lot = contract_scopes.lot
    where contract_scopes.contract_id is null
    union all
    select
        'contract_without_ceiling' as name,
        'info' as severity,
        count(*) as row_count,
        sum(called_off_sek) as amount_sek,
        concat('contract_id ', min(contract_id)) as example,
    from contracts
    where ceiling_sek is null
    union all
    -- What was called off before the ledger begins is not known, so the ceiling is reached later.
    select
        'ceiling_before_ledger' as name,
        'warning' as severity,
        count(*) as row_count,
        sum(contracts.called_off_sek) as amount_sek,
        concat('contract_id ', min(contracts.contract_id)) as example,
    from contracts
    cross join ledger_starts
    where
        contracts.ceiling_sek is not null
        and contracts.called_off_sek > 0
        and contracts.valid_from < ledger_starts.first_day
    union all
    select
        'register_hygiene' as name,
        severity,
        count(*) as row_count,
        cast(null as decimal(18, 2)) as amount_sek,
        concat(check_name, ': ', min(message)) as example,
    from register_hygiene
    group by severity, check_name
    union all
    select
        'decision_unapplied' as name,
        'warning' as severity,
        count(*) as row_count,
        cast(null as decimal(18, 2)) as amount_sek,
        concat('decisions.csv, row ', cast(min(decision_row) as varchar)) as example,
    from decisions
    where standing = 'unapplied'
    union all
    select
        'decision_superseded' as name,
        'info' as severity,
        count(*) as row_count,
        cast(null as decimal(18, 2)) as amount_sek,
        concat('decisions.csv, row ', cast(min(decision_row) as varchar)) as example,
    from decisions
    where standing = 'superseded'
    union all
    select
        'decision_contested' as name,
        'warning' as severity,
        count(distinct decision_row) as row_count,
        cast(null as decimal(18, 2)) as amount_sek,
        min(
            concat(
                'decisions.csv, row ', cast(contested_by_row as varchar), ' against row ',
                cast(decision_row as varchar)
            )
        ) as example,
    from decisions
    where contested_by_row is not null
    union all
    select
        'share_outside_0_1' as name,
        'warning' as severity,
        count(*) as row_count,
        sum(uncovered_sek) as amount_sek,
        concat(
            series, ' ', cast(period as varchar), ' ', coalesce(department, category_code, '')
        ) as example,
    from work_kpi
    where
        least(
            uncovered_share, uncovered_share_low, uncovered_share_high, supplier_fidelity,
            compliance_low, compliance_high, tested_share, purchase_fidelity
        ) < 0
        or greatest(
            uncovered_share, uncovered_share_low, uncovered_share_high, supplier_fidelity,
            compliance_low, compliance_high, tested_share, purchase_fidelity
        ) > 1
    group by series, period, department, category_code
    union all
    select
        'general_ledger_seen' as name,
        'info' as severity,
        count(*) as row_count,
        sum(general_sek - ledger_sek) as amount_sek,
        concat(
            cast(year(period) as varchar), ': ', cast(sum(ledger_sek) as varchar), ' of ',
            cast(sum(general_sek) as varchar), ' SEK in the general ledger'
        ) as example,
    from work_general_ledger
    group by year(period)
    union all
    -- What the control lacks: their purchases are in neither figure of general_ledger_seen.
    select
        'general_ledger_set_aside' as name,
        'warning' as severity,
        count(*) as row_count,
        cast(null as decimal(18, 2)) as amount_sek,
        concat(path, ', row ', cast(min(file_row) as varchar), ' the first') as example,
    from input_sie_aside
    group by path
)

select
    name,
    severity,
    cast(row_count as bigint) as row_count,
    cast(amount_sek as decimal(18, 2)) as amount_sek,
    coalesce(example, '') as example,
from notes
where row_count > 0
