/*
What share did each department buy without a valid contract, month by month?

The arithmetic is in work_kpi.
*/
select
    period,
    department,
    volume_sek,
    exempt_sek,
    covered_sek,
    uncovered_sek,
    uncovered_share,
    uncovered_share_low,
    uncovered_share_high,
    target_share,
    supplier_fidelity,
    compliance_low,
    compliance_high,
    tested_share,
    purchase_fidelity,
    gap_sek,
    leakage_sek,
    expired_sek,
    ceiling_sek,
    entitlement_sek,
    scope_sek,
    unknown_sek,
    is_preliminary,
    uncovered_low_sek,
    uncovered_high_sek,
    posting_count,
from work_kpi
where series = 'month and department'
