/*
What about the data may move the figure when it is mended? One row per kind of trouble, errors
before warnings, with an example to look at.

nav: Data
nav_sv: Underlag
title: What in the data may move the figure
title_sv: Vad i underlaget som kan flytta siffran
lead: Each kind of trouble with its rows, its kronor and one example to look at.
lead_sv: Varje slags brist med antal rader, kronor och ett exempel att titta på.
empty: Nothing in the data is known to need mending.
empty_sv: Inget i underlaget är känt som behöver rättas.
scope: whole
*/
select
    data_quality.name as quality_name,
    data_quality.severity,
    sum(data_quality.row_count) as row_count,
    sum(data_quality.amount_sek) as amount_sek,
    min(data_quality.example) as example,
from data_quality
where data_quality.severity <> 'info'
group by data_quality.name, data_quality.severity
order by
    case data_quality.severity when 'error' then 1 else 2 end,
    sum(data_quality.amount_sek) desc nulls last,
    data_quality.name
limit 15
