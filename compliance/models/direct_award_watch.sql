/*
How near are purchases of one kind to the limit for direct awards?

The law adds up what is bought of the same kind during a fiscal year, over all vendors and units
(Upphandlingsmyndigheten on "samma slag"). "Kind" is our category: a hint, never a verdict. Counted
are the parts without a valid contract and those under a registered direct award; credit notes
count against their year. What is exempt, or covered by another contract, is not.

The limit is that of the category's kind (social and other special services have their own) on the
day of the year's first such purchase, as the day the award began is not known; a credit note begins
none. Where no amount in kronor is known for that day, nothing is said to be over. The status
follows the policy's two warning levels:

    below < warn_low ≤ warning < warn_high ≤ near ≤ 1 < over

documentation_due: from some company of the kind, under however many spellings, the year's purchases
reach the amount from which a direct award must be documented, or pass it where the rule says so.
authority_would_flag: what was bought of those with no registered contract at all is over the limit,
and no procurement of the category was awarded (else published: the national statistics tell no
award) in this year or the three before it: what an authority's own comparison of ledger and
procurements would show. A contract that has ended, is full or was made for something else, and a
registered direct award, is a contract in that comparison.
*/
with

watched as (
    select
        purchases.category_code,
        work_companies.company_key,
        purchases.purchase_date,
        purchases.amount_sek,
        purchases.state in ('no_contract', 'covered_elsewhere', 'unidentified')
            as is_without_contract,
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
        sum(case when is_without_contract then amount_sek else 0 end) as without_contract_sek,
        min(case when amount_sek > 0 then purchase_date end) as first_bought,
        min(purchase_date) as first_date,
    from watched
    group by fiscal_year, category_code, company_key
),

by_kind as (
    select
        fiscal_year,
        category_code,
        sum(amount_sek) as amount_sek,
        sum(without_contract_sek) as without_contract_sek,
        max(amount_sek) as largest_company_sek,
        count(*) as vendor_count,
        coalesce(min(first_bought), min(first_date)) as first_date,
    from by_company
    group by fiscal_year, category_code
),

by_limit_kind as (
    select
        by_kind.*,
        coalesce(rule_categories.limit_kind, 'direct_award') as limit_kind,
    from by_kind
    left join rule_categories
        on by_kind.category_code = rule_categories.category_code
),

awards as (
    select
        input_tenders.category_code,
        cast(
            year(coalesce(input_tenders.awarded, input_tenders.published))
            - case
                when
                    month(coalesce(input_tenders.awarded, input_tenders.published))
                    < rule_policy.fiscal_year_start_month
                    then 1
                else 0
            end as integer
        ) as fiscal_year,
    from input_tenders
    cross join rule_policy
    where coalesce(input_tenders.awarded, input_tenders.published) is not null
),

procured as (
    select distinct
        by_kind.fiscal_year,
        by_kind.category_code,
    from by_kind
    inner join awards
        on
        by_kind.category_code = awards.category_code
        and awards.fiscal_year >= by_kind.fiscal_year - 3
        and awards.fiscal_year <= by_kind.fiscal_year
),

limited as (
    select
        by_limit_kind.fiscal_year,
        by_limit_kind.category_code,
        by_limit_kind.amount_sek,
        by_limit_kind.without_contract_sek,
        by_limit_kind.largest_company_sek,
        by_limit_kind.vendor_count,
        award_limits.amount_sek as limit_sek,
        case when award_limits.amount_sek is not null then award_limits.is_verified end
            as is_limit_verified,
        documentation_limits.amount_sek as documentation_sek,
        documentation_limits.is_above as is_documented_above,
    from by_limit_kind
    left join rule_limits as award_limits
        on
        by_limit_kind.limit_kind = award_limits.kind
        and by_limit_kind.first_date >= coalesce(award_limits.valid_from, date '0001-01-01')
        and by_limit_kind.first_date <= coalesce(award_limits.valid_to, date '9999-12-31')
    left join rule_limits as documentation_limits
        on
        documentation_limits.kind = 'documentation'
        and by_limit_kind.first_date >= coalesce(documentation_limits.valid_from, date '0001-01-01')
        and by_limit_kind.first_date <= coalesce(documentation_limits.valid_to, date '9999-12-31')
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
    case
        when limited.is_documented_above
            then coalesce(limited.largest_company_sek > limited.documentation_sek, false)
        else coalesce(limited.largest_company_sek >= limited.documentation_sek, false)
    end as documentation_due,
    coalesce(limited.without_contract_sek > limited.limit_sek, false)
    and procured.category_code is null
        as authority_would_flag,
    limited.is_limit_verified,
from limited
cross join rule_policy
left join procured
    on
    limited.fiscal_year = procured.fiscal_year
    and limited.category_code = procured.category_code
