-- No share lies outside 0..1 without a row in data_quality that says where and how much.
with

odd as (
    select count(*) as odd_count
    from work_kpi
    where
        not coalesce(uncovered_share between 0 and 1, true)
        or not coalesce(uncovered_share_low between 0 and 1, true)
        or not coalesce(uncovered_share_high between 0 and 1, true)
        or not coalesce(supplier_fidelity between 0 and 1, true)
        or not coalesce(compliance_low between 0 and 1, true)
        or not coalesce(compliance_high between 0 and 1, true)
        or not coalesce(tested_share between 0 and 1, true)
        or not coalesce(purchase_fidelity between 0 and 1, true)
),

noted as (
    select count(*) as noted_count
    from data_quality
    where name = 'share_outside_0_1'
)

select
    odd.odd_count,
    noted.noted_count,
from odd
cross join noted
where odd.odd_count <> noted.noted_count
