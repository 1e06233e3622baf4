/*
Which texts and numbers stand in the postings, on their invoices and orders, on the contracts and in
the decisions? Each once, to be judged for personal data.
*/
select distinct
    'text' as field,
    text as value, -- noqa: RF04
from input_postings
where text is not null

union all

select distinct
    'account_name' as field,
    account_name as value, -- noqa: RF04
from input_postings
where account_name is not null

union all

select distinct
    'account_code' as field,
    account_code as value, -- noqa: RF04
from input_postings
where account_code is not null

union all

select distinct
    'counterparty_code' as field,
    counterparty_code as value, -- noqa: RF04
from input_postings
where counterparty_code is not null

union all

select
    'unit' as field,
    value, -- noqa: RF04
from (
    select unit as value from input_postings -- noqa: RF04
    union
    select unit as value from input_contract_units -- noqa: RF04
) as units
where value is not null

union all

select distinct
    'invoice_no' as field,
    invoice_no as value, -- noqa: RF04
from input_postings
where invoice_no is not null

union all

select distinct
    'voucher_no' as field,
    voucher_no as value, -- noqa: RF04
from input_postings
where voucher_no is not null

union all

select
    'contract_ref' as field,
    value, -- noqa: RF04
from (
    select contract_ref as value from input_postings -- noqa: RF04
    union
    select contract_ref as value from input_invoices -- noqa: RF04
    union
    select contract_id as value from input_orders -- noqa: RF04
) as contract_refs
where value is not null

union all

select
    'order_ref' as field,
    value, -- noqa: RF04
from (
    select order_ref as value from input_postings -- noqa: RF04
    union
    select order_ref as value from input_invoices -- noqa: RF04
) as order_refs
where value is not null

union all

select distinct
    'lot' as field,
    lot as value, -- noqa: RF04
from input_contracts
where lot <> ''

union all

select distinct
    'title' as field,
    title as value, -- noqa: RF04
from input_contracts
where title is not null

union all

select distinct
    'reference' as field,
    reference as value, -- noqa: RF04
from input_contracts
where reference is not null

union all

select distinct
    'owner' as field,
    owner as value, -- noqa: RF04
from input_contracts
where owner is not null

union all

select distinct
    'replaces' as field,
    replaces as value, -- noqa: RF04
from input_contracts
where replaces is not null

union all

select distinct
    'message' as field,
    message as value, -- noqa: RF04
from input_register_hygiene
where message is not null

union all

select
    'note' as field,
    value, -- noqa: RF04
from (
    select note as value from input_decisions -- noqa: RF04
    union
    select note as value from input_replaced_decisions -- noqa: RF04
) as notes
where value is not null

union all

select
    'key' as field,
    value, -- noqa: RF04
from (
    select key as value from input_decisions -- noqa: RF04
    union
    select key as value from input_replaced_decisions -- noqa: RF04
) as decided_keys
where value is not null

union all

select
    'supplier_org_number' as field,
    value, -- noqa: RF04
from (
    select supplier_org_number as value from input_decisions -- noqa: RF04
    union
    select supplier_org_number as value from input_replaced_decisions -- noqa: RF04
) as decided_suppliers
where value is not null
