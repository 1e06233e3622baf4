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
*/
select
    period,
    volume_sek,
    supplier_fidelity,
    compliance_low,
    compliance_high,
    tested_share,
    purchase_fidelity,
from kpi_yearly
where
    cast($department as varchar) is null
    and period <= cast($month as date)
union all
select
    period,
    volume_sek,
    supplier_fidelity,
    compliance_low,
    compliance_high,
    tested_share,
    purchase_fidelity,
from kpi_department_yearly
where
    department = cast($department as varchar)
    and period <= cast($month as date)
order by period desc
limit 5
