/*
Which spellings are one company? One row per name in the ledger, with the name that stands for all.

Two names are one company when both are matched to one supplier, or when they share an org number
and their first four letters (a number alone is not enough: ledgers carry wrong ones). The plainest
spelling stands for all: not in capitals, then the shortest. Persons who are shown together share a
name and nothing else: they are nobody's company. No state and no figure rests on this;
it says what a report shows on one row.
*/
with

keyed as (
    select
        vendors.vendor_name,
        min(
            case
                when vendor_matches.outcome = 'matched' and not vendors.is_merged
                    then concat('supplier ', vendor_matches.supplier_id)
            end
        ) as supplier_key,
        min(
            case
                when vendors.org_number is not null
                    then
                        concat(
                            'number ',
                            vendors.org_number,
                            ' ',
                            left(lower(trim(vendors.vendor_name)), 4)
                        )
            end
        ) as number_key,
    from vendors
    left join vendor_matches
        on vendors.vendor_id = vendor_matches.vendor_id
    where vendors.vendor_name is not null
    group by vendors.vendor_name
),

ranked as (
    select
        vendor_name,
        coalesce(supplier_key, number_key, concat('name ', vendor_name)) as company_key,
        row_number() over (
            partition by coalesce(supplier_key, number_key, concat('name ', vendor_name))
            order by
                case when vendor_name = upper(vendor_name) then 1 else 0 end,
                length(vendor_name),
                vendor_name
        ) as place,
    from keyed
)

select
    ranked.vendor_name,
    plainest.vendor_name as company_name,
from ranked
inner join ranked as plainest
    on ranked.company_key = plainest.company_key
where plainest.place = 1
