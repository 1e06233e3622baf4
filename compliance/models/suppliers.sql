/*
Who may sell, by the contract register? A sole trader stands under a pseudonym, without number; a
private person who is shown together with others in the ledger, as they are.
*/
with

shown_together as (
    select distinct input_vendor_identities.supplier_id
    from input_vendor_identities
    inner join input_vendors
        on input_vendor_identities.vendor_id = input_vendors.vendor_id
    where input_vendors.is_merged
)

select
    input_suppliers.supplier_id,
    case
        when
            shown_together.supplier_id is not null
            and starts_with(input_suppliers.supplier_name, 'Privatperson ')
            then 'Privatperson'
        else input_suppliers.supplier_name
    end as supplier_name,
    input_suppliers.org_number,
from input_suppliers
left join shown_together
    on input_suppliers.supplier_id = shown_together.supplier_id
