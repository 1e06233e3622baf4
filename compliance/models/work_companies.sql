/*
Which company is each of the ledger's vendors, by the key under which it is counted? One row per
vendor. A vendor without a name, and a person who is shown together with others, is counted alone.
*/
select
    input_vendors.vendor_id,
    case
        when input_vendors.is_merged or vendor_companies.company_name is null
            then concat('vendor ', input_vendors.vendor_id)
        else concat('company ', vendor_companies.company_name)
    end as company_key,
from input_vendors
left join vendor_companies
    on input_vendors.vendor_name = vendor_companies.vendor_name
