/*
Which contracts end when, and what is bought under them?

Days are counted from the data's last day, not from today: the same inputs give the same calendar.
The first of these that holds is the status:

    not_started  the first day has not come
    ended        the last day has passed
    notice_due   the last day to use the next option is within 90 days and has not passed
    ending       the last day is within 180 days
    running      else

The day for notice counts only while an option is left: max_end later than last_day, or not told.

amount_12m_sek is what was called off under the lot and under its ceiling, on whichever side the
policy's switches count it: an out_of_scope part has a contract beside it and was not bought under
it.
*/
with

bought_last_year as (
    select
        purchases.contract_id,
        purchases.lot,
        sum(purchases.amount_sek) as amount_12m_sek,
    from purchases
    cross join input_build
    where
        purchases.contract_id is not null
        and purchases.state in ('confirmed', 'supplier_only', 'direct_award', 'tail')
        and purchases.purchase_date > input_build.as_of - interval 12 months
    group by purchases.contract_id, purchases.lot
),

terms as (
    select
        contracts.contract_id,
        contracts.lot,
        contracts.valid_from,
        contracts.last_day,
        contracts.max_end,
        contracts.notice_date,
        input_build.as_of,
        date_diff('day', input_build.as_of, contracts.last_day) as days_left,
        date_diff('day', input_build.as_of, contracts.notice_date) as days_to_notice,
    from contracts
    cross join input_build
)

select
    terms.contract_id,
    terms.lot,
    terms.last_day,
    terms.notice_date,
    cast(terms.days_left as integer) as days_left,
    cast(coalesce(bought_last_year.amount_12m_sek, 0) as decimal(18, 2)) as amount_12m_sek,
    case
        when terms.valid_from > terms.as_of then 'not_started'
        when terms.days_left < 0 then 'ended'
        when
            terms.days_to_notice between 0 and 90
            and coalesce(terms.max_end > terms.last_day, true)
            then 'notice_due'
        when terms.days_left <= 180 then 'ending'
        else 'running'
    end as status,
from terms
left join bought_last_year
    on
    terms.contract_id = bought_last_year.contract_id
    and terms.lot = bought_last_year.lot
