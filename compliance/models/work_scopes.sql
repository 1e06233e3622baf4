/*
What is in scope of a contract lot, and how narrowly? One row per lot and scope_no (accounts that no
scope entry tells apart) in scope, with the length of its longest prefix that holds.
*/
select
    work_contracts.contract_no,
    work_prefixes.scope_no,
    max(work_prefixes.prefix_length) as prefix_length,
from input_contract_scopes
inner join work_contracts
    on
    input_contract_scopes.contract_id = work_contracts.contract_id
    and input_contract_scopes.lot = work_contracts.lot
inner join work_prefixes
    on
    input_contract_scopes.scheme = work_prefixes.scheme
    and input_contract_scopes.prefix = work_prefixes.prefix
group by work_contracts.contract_no, work_prefixes.scope_no
