/*
Do we buy from the suppliers we have contracts with, and on those contracts' terms? Year by year,
the last one as far as it is booked: fidelity to suppliers, compliance as an interval, and what
could be tested.

nav: Fidelity
nav_sv: Trohet
title: Fidelity and compliance
title_sv: Trohet mot leverantörer och avtal
lead: Year by year, with all that is booked up to {last_day}. Compliance is an interval,
    because the ledger shows the supplier but not every line of an invoice.
lead_sv: År för år, med allt som är bokfört till och med {last_day}. Avtalstroheten är ett
    intervall, eftersom reskontran visar leverantören men inte varje fakturarad.
empty: There is no year with purchases to show yet.
empty_sv: Det finns ännu inget år med inköp att visa.
asked: once
*/
with

years as (
    select
        cast(null as varchar) as department,
        period,
        volume_sek,
        supplier_fidelity,
        compliance_low,
        compliance_high,
        tested_share,
        purchase_fidelity,
    from kpi_yearly
    union all
    select
        department,
        period,
        volume_sek,
        supplier_fidelity,
        compliance_low,
        compliance_high,
        tested_share,
        purchase_fidelity,
    from kpi_department_yearly
    where department is not null
)

select
    department,
    period,
    volume_sek,
    supplier_fidelity,
    compliance_low,
    compliance_high,
    tested_share,
    purchase_fidelity,
from years
where period <= cast($month as date)
qualify
    row_number() over (
        partition by department
        order by period desc
    ) <= 5
order by department, period desc
