/*
Which spellings are one company? One row per name in the ledger, with the name that stands for all.

Two names are one company when both are matched to one supplier, when they share an org number and
their first four letters (a number alone is not enough: ledgers carry wrong ones), or when only
case, blanks, stops and `&` for `och` tell them apart. The plainest spelling stands for all: not in
capitals, then the shortest. Persons who are shown together are all "Privatperson", and nobody's
company. No state rests on this: it says what a report shows on one row, and whose purchases are
added up against what the law asks of one award.
*/
with

named as (
    select
        vendor_id,
        vendor_name,
        org_number,
        is_merged,
        translate(replace(lower(vendor_name), '&', 'och'), ' .,-/()', '') as plain_name,
    from vendors
    where vendor_name is not null
),

keyed as (
    select
        named.vendor_name,
        named.plain_name,
        max(case when named.is_merged then 1 else 0 end) = 1 as is_merged,
        min(
            case
                when vendor_matches.outcome = 'matched' and not named.is_merged
                    then concat('supplier ', vendor_matches.supplier_id)
            end
        ) as supplier_key,
        min(
            case
                when named.org_number is not null
                    then
                        concat(
                            'number ',
                            named.org_number,
                            ' ',
                            left(lower(trim(named.vendor_name)), 4)
                        )
            end
        ) as number_key,
    from named
    left join vendor_matches
        on named.vendor_id = vendor_matches.vendor_id
    group by named.vendor_name, named.plain_name
),

companies as (
    select
        vendor_name,
        is_merged,
        coalesce(
            min(supplier_key) over (partition by plain_name),
            min(number_key) over (partition by plain_name),
            concat('name ', plain_name)
        ) as company_key,
    from keyed
),

ranked as (
    select
        vendor_name,
        is_merged,
        company_key,
        row_number() over (
            partition by company_key
            order by
                case when vendor_name = upper(vendor_name) then 1 else 0 end,
                length(vendor_name),
                vendor_name
        ) as place,
    from companies
)

select
    ranked.vendor_name,
    case when ranked.is_merged then 'Privatperson' else plainest.vendor_name end as company_name,
from ranked
inner join ranked as plainest
    on ranked.company_key = plainest.company_key
where plainest.place = 1
