/*
What was each department called before? A contract that entitles a former name entitles all of it.
*/
select distinct
    department,
    former_name,
from rule_former_names
