/*
How near are purchases of one kind to the limit for direct awards?

The law adds up what is bought of the same kind during a fiscal year, over all vendors and units
(Upphandlingsmyndigheten on "samma slag"). "Kind" is our category: a hint, never a verdict. Counted
are the parts without a valid contract and those under a registered direct award; credit notes
count against their year. What is exempt, or covered by another contract, is not.

The limit is the one of the day of the year's first such purchase, as the day the award began is
not known. The status follows the policy's two warning levels:

    below < warn_low ≤ warning < warn_high ≤ near ≤ 1 < over

documentation_due: from some company of the kind, under however many spellings, the year's purchases
reach the amount from which a direct award must be documented. authority_would_flag: what has no
registered contract at all is over the limit, and no procurement of the category was awarded in this
year or the three before it: what an authority's own comparison of ledger and procurements would
show.
*/
with

watched as (
    select
        purchases.category_code,
        work_companies.company_key,
        purchases.purchase_date,
        purchases.amount_sek,
        purchases.side,
        cast(
            year(purchases.purchase_date)
            - case
                when month(purchases.purchase_date) < rule_policy.fiscal_year_start_month then 1
                else 0
            end as integer
        ) as fiscal_year,
    from purchases
    cross join rule_policy
    left join work_companies
        on purchases.vendor_id = work_companies.vendor_id
    where
        purchases.category_code is not null
        and (purchases.side = 'uncovered' or purchases.state = 'direct_award')
),

by_company as (
    select
        fiscal_year,
        category_code,
        company_key,
        sum(amount_sek) as amount_sek,
        sum(case when side = 'uncovered' then amount_sek else 0 end) as uncovered_sek,
        min(purchase_date) as first_date,
    from watched
    group by fiscal_year, category_code, company_key
),

by_kind as (
    select
        fiscal_year,
        category_code,
        sum(amount_sek) as amount_sek,
        sum(uncovered_sek) as uncovered_sek,
        max(amount_sek) as largest_company_sek,
        count(*) as vendor_count,
        min(first_date) as first_date,
    from by_company
    group by fiscal_year, category_code
),

procured as (
    select distinct
        by_kind.fiscal_year,
        by_kind.category_code,
    from by_kind
    inner join input_tenders
        on by_kind.category_code = input_tenders.category_code
    where
        input_tenders.awarded is not null
        and year(input_tenders.awarded) between by_kind.fiscal_year - 3 and by_kind.fiscal_year
),

limited as (
    select
        by_kind.fiscal_year,
        by_kind.category_code,
        by_kind.amount_sek,
        by_kind.uncovered_sek,
        by_kind.largest_company_sek,
        by_kind.vendor_count,
        award_limits.amount_sek as limit_sek,
        documentation_limits.amount_sek as documentation_sek,
    from by_kind
    left join rule_limits as award_limits
        on
        award_limits.kind = 'direct_award'
        and by_kind.first_date >= coalesce(award_limits.valid_from, date '0001-01-01')
        and by_kind.first_date <= coalesce(award_limits.valid_to, date '9999-12-31')
    left join rule_limits as documentation_limits
        on
        documentation_limits.kind = 'documentation'
        and by_kind.first_date >= coalesce(documentation_limits.valid_from, date '0001-01-01')
        and by_kind.first_date <= coalesce(documentation_limits.valid_to, date '9999-12-31')
)

select
    limited.fiscal_year,
    limited.category_code,
    cast(limited.amount_sek as decimal(18, 2)) as amount_sek,
    limited.limit_sek,
    cast(limited.amount_sek as double) / nullif(cast(limited.limit_sek as double), 0)
        as used_share,
    case
        when limited.limit_sek is null then 'no_limit'
        when limited.amount_sek > limited.limit_sek then 'over'
        when
            cast(limited.amount_sek as double)
            >= rule_policy.warn_high * cast(limited.limit_sek as double)
            then 'near'
        when
            cast(limited.amount_sek as double)
            >= rule_policy.warn_low * cast(limited.limit_sek as double)
            then 'warning'
        else 'below'
    end as status,
    limited.vendor_count,
    coalesce(limited.largest_company_sek >= limited.documentation_sek, false)
        as documentation_due,
    coalesce(limited.uncovered_sek > limited.limit_sek, false) and procured.category_code is null
        as authority_would_flag,
from limited
cross join rule_policy
left join procured
    on
    limited.fiscal_year = procured.fiscal_year
    and limited.category_code = procured.category_code
