/*
By how many kronor would uncovered_sek change if every match in review were right, every switch
being lenient? One row per posting that would change side, or part of a side.

Two kinds of posting change: those of vendors in review, which get their candidate's contract, and
those of others under a ceiling that the first would fill, or make room under. Both are told by
running the ceilings of those lots again (work_ceiling_runs, scenario `review`), so the figure is
what a rebuild with the matches accepted would give, to the öre. It follows that a month can come
out worse: room under a ceiling that went to a match in review is room that another posting no
longer has.
*/
with

uncovered_parts as (
    select
        line_id,
        sum(
            case
                when state in ('exempt', 'confirmed', 'supplier_only', 'tail') then 0
                when state in ('direct_award', 'out_of_scope') then 0
                else amount_sek
            end
        ) as uncovered_sek,
    from coverage
    group by line_id
),

review_lines as (
    select
        work_line_states.line_id,
        case
            when work_line_states.review_standing = 3 then 0
            when work_line_states.review_standing in (0, 1)
                then
                    work_line_states.amount_sek
                    - coalesce(work_ceiling_runs.under_sek, work_line_states.amount_sek)
            else work_line_states.amount_sek
        end as uncovered_sek,
    from work_line_states
    left join work_ceiling_runs
        on
        work_line_states.line_id = work_ceiling_runs.line_id
        and work_ceiling_runs.scenario = 'review'
    where work_line_states.review_standing is not null
),

crowded_lines as (
    select
        work_ceiling_runs.line_id,
        work_ceiling_runs.amount_sek - work_ceiling_runs.under_sek as uncovered_sek,
    from work_ceiling_runs
    inner join work_line_states
        on work_ceiling_runs.line_id = work_line_states.line_id
    where
        work_ceiling_runs.scenario = 'review'
        and work_line_states.review_standing is null
),

changed_lines as (
    select * from review_lines
    union all
    select * from crowded_lines
)

select
    changed_lines.line_id,
    cast(changed_lines.uncovered_sek - uncovered_parts.uncovered_sek as decimal(18, 2))
        as change_sek,
from changed_lines
inner join uncovered_parts
    on changed_lines.line_id = uncovered_parts.line_id
where changed_lines.uncovered_sek <> uncovered_parts.uncovered_sek
