/*
Which texts and numbers stand in the postings and on the contracts? Each once, to be judged for
personal data.
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
    'unit' as field,
    unit as value, -- noqa: RF04
from input_postings
where unit is not null

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

select distinct
    'contract_ref' as field,
    contract_ref as value, -- noqa: RF04
from input_postings
where contract_ref is not null

union all

select distinct
    'order_ref' as field,
    order_ref as value, -- noqa: RF04
from input_postings
where order_ref is not null

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
