/*
When was each posting bought, from whom, of what, by whom, and which contract does it name? One row
per posting, in numbers: what coverage is worked out from.

A posting with the org number and invoice number of a Peppol invoice takes from it what the ledger
does not say itself: contract, order, delivery date. An order that is named gives its date and its
contract. The ledger's own word goes before the invoice's, the invoice's before the order's.

purchase_date is the policy's first choice (`date_basis`) when it is known, else the order's date,
else the invoice's, else the booking's; a posting that knows nothing else, the delivery's.
*/
with

-- Few, and joined before the postings meet them.
spellings as (
    select
        input_vendor_keys.vendor_name,
        input_vendor_keys.org_number,
        input_vendor_keys.vendor_number,
        work_vendors.vendor_no,
        work_vendors.is_usable,
        work_vendors.real_org_number,
    from input_vendor_keys
    inner join work_vendors
        on input_vendor_keys.vendor_id = work_vendors.vendor_id
),

postings_with_invoices as (
    select
        input_postings.line_id,
        spellings.vendor_no,
        coalesce(spellings.is_usable, false) as is_usable,
        input_postings.amount_sek,
        coalesce(input_postings.account_code, '') as account_code,
        coalesce(input_postings.unit, '') as unit,
        coalesce(input_postings.contract_ref, work_invoices.contract_ref) as contract_ref,
        coalesce(input_postings.order_ref, work_invoices.order_ref) as order_ref,
        input_postings.order_date,
        coalesce(input_postings.delivery_date, work_invoices.delivery_date) as delivery_date,
        coalesce(input_postings.invoice_date, work_invoices.invoice_date) as invoice_date,
        input_postings.booking_date,
    from input_postings
    left join spellings
        on
        input_postings.vendor_name is not distinct from spellings.vendor_name
        and input_postings.org_number is not distinct from spellings.org_number
        and input_postings.vendor_number is not distinct from spellings.vendor_number
    left join work_invoices
        on
        spellings.real_org_number = work_invoices.supplier_org_number
        and input_postings.invoice_no = work_invoices.invoice_no
),

postings_with_orders as (
    select
        postings_with_invoices.line_id,
        postings_with_invoices.vendor_no,
        postings_with_invoices.is_usable,
        postings_with_invoices.amount_sek,
        postings_with_invoices.account_code,
        postings_with_invoices.unit,
        coalesce(postings_with_invoices.contract_ref, work_orders.contract_id) as contract_ref,
        postings_with_invoices.order_ref,
        coalesce(postings_with_invoices.order_date, work_orders.order_date) as order_date,
        postings_with_invoices.delivery_date,
        postings_with_invoices.invoice_date,
        postings_with_invoices.booking_date,
    from postings_with_invoices
    left join work_orders
        on upper(trim(postings_with_invoices.order_ref)) = work_orders.folded_order_id
),

postings_with_source as (
    select
        postings_with_orders.*,
        case
            when
                rule_policy.date_basis = 'delivery'
                and postings_with_orders.delivery_date is not null
                then 'delivery'
            when
                rule_policy.date_basis = 'invoice'
                and postings_with_orders.invoice_date is not null
                then 'invoice'
            when
                rule_policy.date_basis = 'booking'
                and postings_with_orders.booking_date is not null
                then 'booking'
            when postings_with_orders.order_date is not null then 'order'
            when postings_with_orders.invoice_date is not null then 'invoice'
            when postings_with_orders.booking_date is not null then 'booking'
            else 'delivery'
        end as date_source,
    from postings_with_orders
    cross join rule_policy
),

dated_postings as (
    select
        postings_with_source.*,
        case postings_with_source.date_source
            when 'order' then postings_with_source.order_date
            when 'invoice' then postings_with_source.invoice_date
            when 'booking' then postings_with_source.booking_date
            else postings_with_source.delivery_date
        end as purchase_date,
    from postings_with_source
),

contract_numbers as (
    select distinct
        reference_no,
        upper(trim(contract_id)) as written,
    from work_contracts
)

select
    dated_postings.line_id,
    dated_postings.vendor_no,
    dated_postings.is_usable,
    dated_postings.purchase_date,
    dated_postings.date_source,
    dated_postings.amount_sek,
    work_accounts.account_no,
    work_accounts.scope_no,
    work_accounts.account_code <> '' as has_account,
    work_accounts.category_code is not null as has_category,
    work_accounts.cpv is not null as has_cpv,
    work_units.unit_no,
    contract_numbers.reference_no,
    dated_postings.contract_ref,
    dated_postings.order_ref,
from dated_postings
left join work_accounts
    on
    dated_postings.account_code = work_accounts.account_code
    and dated_postings.purchase_date >= work_accounts.valid_from
    and dated_postings.purchase_date <= work_accounts.valid_to
left join work_units
    on
    dated_postings.unit = work_units.unit
    and dated_postings.purchase_date >= work_units.valid_from
    and dated_postings.purchase_date <= work_units.valid_to
left join contract_numbers
    on upper(trim(dated_postings.contract_ref)) = contract_numbers.written
