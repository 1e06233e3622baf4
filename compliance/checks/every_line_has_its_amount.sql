-- Every posting that was loaded has its amount: one without would be in no figure, and in no sum.
select
    line_id,
    file_id,
    file_row,
from ledger_lines
where amount_sek is null
