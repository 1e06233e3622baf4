"""Can a report be made with what a workspace's own reports/ holds?

Asked before anything is built for it. Whatever lies there and would be passed over is refused by
its name, beside the sections and templates that cannot be read; what ships is not looked at. Runs
no select and draws nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path, PurePosixPath

from compliance.errors import ComplianceError, Place, Problems, RuleError, nearest, raise_all
from compliance.report.rendering import Renderer
from compliance.report.sections import read_sections
from compliance.shipped import shipped
from compliance.words import Words

_SELECTS = ("sections", "evidence")  # folders of .sql files
_TEMPLATES = "templates"
_NOT_OURS = (".", "~$", "README")  # how names begin that nobody takes for a definition


def check_definitions(own: Path) -> None:
    """Raise RuleError, all together, for what lies in `own` and no report can use."""
    errors: list[ComplianceError] = list(_strays(own))
    for folder in _SELECTS:
        try:
            read_sections([own / folder])
        except (ComplianceError, Problems) as wrong:
            errors += wrong.errors if isinstance(wrong, Problems) else [wrong]
    templates = Renderer([own / _TEMPLATES, shipped("reports") / _TEMPLATES], Words.of("en"))
    for name in _names(own / _TEMPLATES):
        try:
            templates.compile(name)
        except ComplianceError as wrong:
            errors.append(wrong)
    raise_all(errors)


def _names(folder: Path) -> list[str]:
    """Return the files below a folder that are meant to be definitions, by their way from there."""
    ways = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return sorted(
        way.as_posix() for way in ways if not any(part.startswith(_NOT_OURS) for part in way.parts)
    )


def _strays(own: Path) -> Iterator[RuleError]:
    used = _used_templates(own)
    known = {*used, *_names(shipped("reports") / _TEMPLATES), *_of_topics(own)}
    folders = set[str]()
    for name in _names(own):
        way = PurePosixPath(name)
        folder = str(way.parent)
        if way.parts[0] == _TEMPLATES and len(way.parts) > 1:
            asked = str(way.relative_to(_TEMPLATES))
            if asked not in known:
                yield _passed_over(name, "template", nearest(asked, known))
        elif folder in _SELECTS:
            if way.suffix != ".sql":
                fix = f"name it {way.stem}.sql" if way.suffix.lower() == ".sql" else _MOVE
                yield _passed_over(name, "section or sheet", fix)
        elif folder == ".":
            yield _passed_over(name, "folder of definitions", _MOVE)
        elif folder not in folders:  # told once, however many files lie there
            folders.add(folder)
            yield _passed_over(
                folder, "folder of definitions", nearest(folder, [*_SELECTS, _TEMPLATES])
            )


_MOVE = (
    "move it out of the folder, or to where the README of the shipped reports/ has files of its "
    "kind, such as sections/45_schools.sql"
)


def _used_templates(own: Path) -> Collection[str]:
    """Return the own templates that another one of them names, to include or import it."""
    folder = own / _TEMPLATES
    names = _names(folder)
    texts = {name: (folder / name).read_bytes() for name in names}
    return {
        name
        for name in names
        if any(name.encode() in text for other, text in texts.items() if other != name)
    }


def _of_topics(own: Path) -> Iterator[str]:
    """Give the template that each section may have, by its topic."""
    for folder in (shipped("reports"), own):
        for path in (folder / "sections").glob("*.sql"):
            topic = path.stem.partition("_")[2]
            yield f"sections/{topic}.html.j2"


def _passed_over(name: str, kind: str, fix: str) -> RuleError:
    return RuleError(
        f"this is no {kind} that a report reads",
        at=Place(f"reports/{name}"),
        why="what lies in the folder and is not read would be left out in silence",
        fix=fix,
    )
