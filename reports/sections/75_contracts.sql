/*
Which contracts end within half a year after $month, or have used at least four fifths of their
ceiling? A department's report shows those it has bought on in the last twelve months: what was
bought under a contract is so whichever side the policy's switches count it on.

Each of them is something to act on: the forty with most kronor are shown, and the others counted.
A contract that private persons who are shown together sell on is left out when they are fewer than
build_info.smallest_group: its kronor would be theirs.

nav: Contracts
nav_sv: Avtal
title: Contracts that end or fill up
title_sv: Avtal som löper ut eller fylls
lead: Within six months, or with at least 80 per cent of the ceiling used. Without a new
    contract these purchases will count as without a valid contract. The ceiling is counted
    up to {last_day} and shared by all who buy on the contract.
lead_sv: Inom sex månader, eller med minst 80 procent av taket använt. Utan nytt avtal kommer
    dessa inköp att räknas som inköp utan giltigt avtal. Taket är räknat till och med
    {last_day} och delas av alla som köper på avtalet.
empty: No contract in use ends within six months or is close to its ceiling.
empty_sv: Inget avtal som används löper ut inom sex månader eller är nära sitt tak.
asked: once
*/
with

bought as (
    select
        case when not reports.is_whole then ledger_lines.department end as department,
        coverage.contract_id,
        coverage.lot,
        sum(coverage.amount_sek) as amount_12m_sek,
        count(distinct vendors.vendor_id) filter (vendors.is_merged) as person_count,
    from coverage
    cross join (values (true), (false)) as reports (is_whole)
    inner join ledger_lines
        on coverage.line_id = ledger_lines.line_id
    left join vendors
        on ledger_lines.vendor_id = vendors.vendor_id
    where
        coverage.state in ('confirmed', 'supplier_only', 'direct_award', 'tail')
        and ledger_lines.purchase_date >= cast($month as date) - interval 11 months
        and ledger_lines.purchase_date < cast($month as date) + interval 1 month
        and (reports.is_whole or ledger_lines.department is not null)
    group by all
),

parties as (
    select
        contract_parties.contract_id,
        contract_parties.lot,
        min(
            case
                when starts_with(suppliers.supplier_name, 'Privatperson ') then 'Privatperson'
                else suppliers.supplier_name
            end
        ) as supplier_name,
        count(*) as supplier_count,
    from contract_parties
    inner join suppliers
        on contract_parties.supplier_id = suppliers.supplier_id
    group by contract_parties.contract_id, contract_parties.lot
)

select
    bought.department,
    contracts.contract_id,
    contracts.lot,
    contracts.title,
    parties.supplier_name,
    parties.supplier_count,
    contracts.last_day,
    contract_calendar.notice_date,
    contracts.last_day < cast($month as date) + interval 7 months as is_ending,
    contracts.ceiling_sek,
    contracts.called_off_sek,
    case
        when contracts.ceiling_sek > 0
            then cast(contracts.called_off_sek as double) / cast(contracts.ceiling_sek as double)
    end as used_share,
    contracts.ceiling_forecast_date,
    bought.amount_12m_sek,
    count(*) over (partition by bought.department) as contract_count,
from contracts
cross join build_info
inner join bought
    on contracts.contract_id = bought.contract_id
    and contracts.lot = bought.lot
left join parties
    on contracts.contract_id = parties.contract_id
    and contracts.lot = parties.lot
left join contract_calendar
    on contracts.contract_id = contract_calendar.contract_id
    and contracts.lot = contract_calendar.lot
where
    contracts.last_day >= cast($month as date)
    and bought.amount_12m_sek > 0
    and (bought.person_count = 0 or bought.person_count >= build_info.smallest_group)
    and (
        contracts.last_day < cast($month as date) + interval 7 months
        or contracts.called_off_sek >= 0.8 * contracts.ceiling_sek
    )
qualify
    row_number() over (
        partition by bought.department
        order by bought.amount_12m_sek desc, contracts.contract_id, contracts.lot
    ) <= 40
order by bought.department, bought.amount_12m_sek desc, contracts.contract_id, contracts.lot
