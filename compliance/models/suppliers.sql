/*
Who may sell, by the contract register? A sole trader stands under a pseudonym, without number.
*/
select
    supplier_id,
    supplier_name,
    org_number,
from input_suppliers
