-- The seven parts of uncovered_sek add up to it in every period, department and category, and
-- covered and uncovered to the volume.
select
    series,
    period,
    department,
    category_code,
    uncovered_sek,
from work_kpi
where
    uncovered_sek <> gap_sek + leakage_sek + expired_sek + ceiling_sek + entitlement_sek
    + scope_sek + unknown_sek
    or volume_sek <> covered_sek + uncovered_sek
