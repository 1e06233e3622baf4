/*
How far is each contract lot used, set against its term? One row per lot with a ceiling or a use.

elapsed_share is the part of the term that has passed on the data's last day; used_share the part
of the ceiling that is called off (a lower bound where others may call off too).
*/
select
    contracts.contract_id,
    contracts.lot,
    concat(contracts.contract_id, '/', contracts.lot) as contract_key,
    contracts.kind,
    contracts.last_day,
    contracts.ceiling_sek,
    contracts.called_off_sek,
    cast(contracts.called_off_sek as double) / nullif(cast(contracts.ceiling_sek as double), 0)
        as used_share,
    cast(date_diff('day', contracts.valid_from, input_build.as_of) as double)
    / nullif(cast(date_diff('day', contracts.valid_from, contracts.last_day) as double), 0)
        as elapsed_share,
    cast(date_diff('day', contracts.valid_from, input_build.as_of) as integer) as days_running,
from contracts
cross join input_build
