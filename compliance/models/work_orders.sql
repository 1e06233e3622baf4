/*
When was it ordered, and under which contract? One row per order number, without regard to case and
surrounding blanks, as contract numbers are met; of two rows with the same number the first by date
counts.
*/
with

orders_by_age as (
    select
        upper(trim(order_id)) as folded_order_id,
        order_date,
        contract_id,
        row_number() over (
            partition by upper(trim(order_id))
            order by order_date nulls last, contract_id nulls last, amount_sek, order_id
        ) as place,
    from input_orders
    where order_id is not null
)

select
    folded_order_id,
    order_date,
    contract_id,
from orders_by_age
where place = 1
