-- What is called off under a contract is what coverage put under it, and never over its ceiling
-- but for what a person decided or a credit note took back.
with

in_coverage as (
    select
        contract_id,
        lot,
        sum(amount_sek) as amount_sek,
        sum(case when state = 'ceiling_exceeded' then 0 else amount_sek end) as under_sek,
        max(case when is_decided then 1 else 0 end) as has_decided,
    from coverage
    where
        contract_id is not null
        and state in ('confirmed', 'supplier_only', 'direct_award', 'tail', 'ceiling_exceeded')
    group by contract_id, lot
)

select
    contracts.contract_id,
    contracts.lot,
    contracts.called_off_sek,
    in_coverage.amount_sek,
    in_coverage.under_sek,
from contracts
left join in_coverage
    on
    contracts.contract_id = in_coverage.contract_id
    and contracts.lot = in_coverage.lot
where
    contracts.called_off_sek <> coalesce(in_coverage.amount_sek, 0)
    or (
        in_coverage.has_decided = 0
        and in_coverage.under_sek <> least(in_coverage.amount_sek, contracts.ceiling_sek)
    )
