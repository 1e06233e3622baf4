/*
What became of each decision? None is lost: one that no longer applies to anything is listed: no
posting or vendor has its key, or none within its days; the register has not the contract that it
names, or the supplier that it accepts.

A later decision on the same subject and key supersedes an earlier one (decisions.py has already
taken the days they share from the earlier; one with no day left is among the replaced). What
names a person, or would, is left out of it: a key, a supplier's number, the words of a note.
*/
with

written as (
    select
        input_decisions.*,
        false as is_replaced,
    from input_decisions
    union all
    select
        input_replaced_decisions.*,
        true as is_replaced,
    from input_replaced_decisions
),

keyed as (
    select
        written.*,
        lower(trim(written.key)) as folded_key,
        row_number() over (
            partition by
                written.subject,
                lower(trim(written.key)),
                written.valid_from,
                written.valid_to,
                written.is_replaced
            order by written.decided_on desc nulls last, written.decision_row desc
        ) as place,
    from written
),

vendor_keys as (
    select
        lower(vendor_id) as folded_key,
        vendor_no,
        vendor_id,
        false as names_person,
    from work_vendors
    union
    select
        lower(real_org_number) as folded_key,
        vendor_no,
        vendor_id,
        is_person as names_person,
    from work_vendors
    where real_org_number is not null
    union
    select
        lower(input_vendor_keys.vendor_name) as folded_key,
        work_vendors.vendor_no,
        work_vendors.vendor_id,
        work_vendors.is_person as names_person,
    from input_vendor_keys
    inner join work_vendors
        on input_vendor_keys.vendor_id = work_vendors.vendor_id
    where input_vendor_keys.vendor_name is not null
),

known_keys as (
    select
        'line' as subject,
        cast(work_lines.line_id as varchar) as folded_key,
        false as names_person,
    from work_lines
    inner join keyed
        on
        keyed.subject = 'line'
        and try_cast(keyed.key as bigint) = work_lines.line_id
    union
    select
        'vendor' as subject,
        folded_key,
        names_person,
    from vendor_keys
),

distinct_keys as (
    select
        subject,
        folded_key,
        max(case when names_person then 1 else 0 end) = 1 as names_person,
    from known_keys
    group by subject, folded_key
),

-- A decision whose days were parted by a later one has several rows: one that applies is enough.
met as (
    select keyed.decision_row
    from keyed
    inner join work_lines
        on
        try_cast(keyed.key as bigint) = work_lines.line_id
        and work_lines.purchase_date >= coalesce(keyed.valid_from, date '0001-01-01')
        and work_lines.purchase_date <= coalesce(keyed.valid_to, date '9999-12-31')
    left join work_contracts
        on upper(trim(keyed.contract_id)) = upper(trim(work_contracts.contract_id))
    where
        keyed.subject = 'line'
        and (keyed.contract_id is null or work_contracts.contract_id is not null)
    union
    select keyed.decision_row
    from keyed
    inner join vendor_keys
        on keyed.folded_key = vendor_keys.folded_key
    inner join work_lines
        on
        vendor_keys.vendor_no = work_lines.vendor_no
        and work_lines.purchase_date >= coalesce(keyed.valid_from, date '0001-01-01')
        and work_lines.purchase_date <= coalesce(keyed.valid_to, date '9999-12-31')
    left join input_vendor_identities
        on
        vendor_keys.vendor_id = input_vendor_identities.vendor_id
        and input_vendor_identities.method = 'decision'
        and work_lines.purchase_date
        >= coalesce(input_vendor_identities.valid_from, date '0001-01-01')
        and work_lines.purchase_date
        <= coalesce(input_vendor_identities.valid_to, date '9999-12-31')
    left join input_suppliers
        on
        input_vendor_identities.supplier_id = input_suppliers.supplier_id
        and (
            keyed.supplier_org_number = input_suppliers.supplier_id
            or keyed.supplier_org_number = input_suppliers.org_number
            -- A sole trader's number is a person's, and not here: it may be this one.
            or (input_suppliers.is_person and not starts_with(keyed.supplier_org_number, 'S'))
        )
    where
        keyed.subject = 'vendor_match'
        and (keyed.decision <> 'accept' or input_suppliers.supplier_id is not null)
    union
    select keyed.decision_row
    from keyed
    where keyed.subject = 'person'
)

select
    cast(keyed.decision_row as integer) as decision_row,
    keyed.decided_on,
    keyed.decided_by,
    keyed.subject,
    case
        when keyed.subject = 'line' then keyed.key
        -- A vendor_id; every other answer to "is this a person?" is about a name or a number.
        when
            length(keyed.folded_key) = 12
            and (starts_with(trim(keyed.key), 'P') or starts_with(trim(keyed.key), 'V'))
            and translate(trim(keyed.key), 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567', '') = ''
            and not coalesce(distinct_keys.names_person, false)
            then keyed.key
        when keyed.subject = 'person' or distinct_keys.names_person then null
        when key_masks.masked is null then keyed.key
    end as key,
    keyed.decision,
    case when supplier_masks.masked is null then keyed.supplier_org_number end
        as supplier_org_number,
    keyed.contract_id,
    keyed.valid_from,
    keyed.valid_to,
    coalesce(note_masks.masked, keyed.note) as note,
    case
        when keyed.is_replaced then 'superseded'
        when distinct_keys.folded_key is null then 'unapplied'
        when keyed.place > 1 then 'superseded'
        when met.decision_row is null then 'unapplied'
        else 'live'
    end as standing,
    keyed.contested_by_row,
from keyed
left join distinct_keys
    on
    case when keyed.subject = 'line' then 'line' else 'vendor' end = distinct_keys.subject
    and keyed.folded_key = distinct_keys.folded_key
left join met
    on keyed.decision_row = met.decision_row
left join input_masks as note_masks
    on keyed.note = note_masks.value and note_masks.field = 'note'
left join input_masks as key_masks
    on keyed.key = key_masks.value and key_masks.field = 'key'
left join input_masks as supplier_masks
    on
    keyed.supplier_org_number = supplier_masks.value
    and supplier_masks.field = 'supplier_org_number'
