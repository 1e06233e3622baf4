/*
What is each purchase category called, and which CPV code stands for it?
*/
select
    category_code,
    cpv,
    name_sv,
    name_en,
    procurable,
from rule_categories
