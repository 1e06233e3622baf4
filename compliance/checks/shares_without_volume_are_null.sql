-- A share whose volume is not above zero has no answer, and every other has one.
select
    series,
    period,
    volume_sek,
    uncovered_share,
from work_kpi
where (volume_sek > 0) <> (uncovered_share is not null)
