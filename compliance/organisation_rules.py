"""Who belongs where: units to departments, companies to groups, and which names are nobody's?

Reads organisation.toml, groups.toml and vendors.toml. E-mail addresses stay in the records: no
table has them.
"""

from __future__ import annotations

from compliance import identifiers
from compliance.delivery_settings import is_address
from compliance.errors import nearest
from compliance.rule_entries import OWN, Department, Group, Unit
from compliance.toml_shape import DATED, Entry, Period, TomlFile, hold_dates, spaced

LOCAL = "local"
GROUP_KINDS = (OWN, LOCAL, "affiliate", "rename")


def read_organisation(file: TomlFile) -> tuple[tuple[Department, ...], tuple[Unit, ...]]:
    """Return the departments, and which units are theirs; what is wrong is kept in `file`."""
    departments, units, periods, titles = [], [], [], dict[str, str]()
    keys = {"manager", "email", "language", "copies", "units", "formerly"}
    for entry in file.entries("departments", keys, explained=False):
        title = spaced(entry.text("title"))
        titles[entry.label] = title
        copies = entry.texts("copies", required=False)
        email = entry.text("email", required=False)
        for key, address in [("email", email), *(("copies", copy) for copy in copies)]:
            if address and not is_address(address):
                entry.refuse(
                    key,
                    f"`{address}` is no address that every mail server takes",
                    why="letters a-z, digits and signs; no two dots together, none first or last",
                    fix="write it as name@example.se",
                )
        language = entry.choice("language", ("sv", "en"), default="")
        manager = entry.text("manager", required=False)
        formerly = entry.names("formerly", required=False)
        departments.append(
            Department(entry.label, title, manager, email, language, copies, formerly)
        )
        for name in dict.fromkeys([title, *formerly, *entry.names("units", required=False)]):
            units.append(Unit(name, title))
            periods.append((f"unit `{_squeezed(name)}`", entry, Period()))
    for entry in file.entries("units", DATED | {"department"}, explained=False, unique=False):
        period, key = entry.period(), entry.text("department")
        if key and key not in titles:
            entry.refuse("department", f"`{key}` is no department", fix=nearest(key, titles))
        name = spaced(entry.label).strip()
        units.append(Unit(name, titles.get(key, ""), period.first, period.last))
        periods.append((f"unit `{_squeezed(name)}`", entry, period))
    hold_dates(periods)
    return tuple(departments), tuple(units)


def _squeezed(name: str) -> str:
    return spaced(name).strip().casefold()


def read_groups(file: TomlFile) -> tuple[Group, ...]:
    """Return the companies that belong together; what is wrong is kept in `file`."""
    found, periods = [], []
    keys = DATED | {"org_number", "kind", "successor_org_number"}
    for entry in file.entries("groups", keys):
        kind, period = entry.choice("kind", GROUP_KINDS), entry.period()
        number = _org_number(entry, "org_number", required=True)
        successor = _org_number(entry, "successor_org_number", required=kind not in (OWN, LOCAL))
        if number and number == successor:
            entry.refuse("successor_org_number", "is the company itself", fix="name the other one")
        periods.append((f"{kind} {number}", entry, period))
        found.append(
            Group(
                id=entry.label,
                title=entry.text("title"),
                org_number=number,
                kind=kind,
                successor_org_number=successor,
                first=period.first,
                last=period.last,
                why=entry.words.get("why", ""),
                source=entry.words.get("source", ""),
            )
        )
    hold_dates(periods, gaps=False)  # a company may leave a group and come back
    return tuple(found)


def _org_number(entry: Entry, key: str, *, required: bool) -> str:
    written = entry.text(key, required=required)
    found = identifiers.parse(written)
    if written and not found.is_trusted:
        entry.refuse(
            key,
            f"`{written}` is no organisation number",
            why="its check digit is wrong" if found.state == "mistyped" else "",
            fix="write its ten digits, as 556016-0680",
        )
    return found.number if found.is_trusted else ""


def read_generic_names(file: TomlFile) -> tuple[str, ...]:
    """Return the names that are nobody's, in lower case with single blanks."""
    names = dict[str, None]()
    for entry in file.entries("generic_names", {"names"}):
        names.update(dict.fromkeys(_squeezed(name) for name in entry.texts("names")))
    return tuple(names)
