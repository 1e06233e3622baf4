"""Under which name does a department's report lie?

A name is portable (ASCII, short, no reserved word), stays inside the folder whatever the department
is called, and never changes with the other departments, so that links in old letters keep working.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from datetime import date
from pathlib import Path

LONGEST = 48
# letter-SLUG.eml, report-SLUG.html, evidence-SLUG.en.xlsx: a slug ends in its digest.
_OF_DEPARTMENT = re.compile(
    r"(?:letter|report|evidence)-((?:[a-z0-9-]+-)?[0-9a-f]{6})(?:\.[a-z]{2})?\.(?:eml|html|xlsx)"
)


def month_folder(month: date) -> str:
    """Return the folder of a month's report, `2026-10`."""
    return f"{month:%Y-%m}"


def slug(name: str) -> str:
    """Return a file name's part for any text: what can be read of it, and a digest of the whole.

    The digest is always there: "Skola" and "skola" are two departments, and one file on some disks.
    """
    folded = unicodedata.normalize("NFKD", name.casefold()).encode("ascii", "ignore").decode()
    plain = re.sub(r"[^a-z0-9]+", "-", folded).strip("-")[:LONGEST].strip("-")
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:6]
    return f"{plain}-{digest}" if plain else digest


def page_name(department: str | None, language: str, home: str) -> str:
    """Return a page's file name; only a language that is not the workspace's stands in it."""
    suffix = "" if language == home else f".{language}"
    return (
        f"report{suffix}.html" if department is None else f"report-{slug(department)}{suffix}.html"
    )


def slug_in(name: str) -> str | None:
    """Return the slug in the name of a department's letter, page or workbook; None in any other."""
    match = _OF_DEPARTMENT.fullmatch(name)
    return match[1] if match else None


def has_page(folder: Path, department: str) -> bool:
    """Tell whether a month's folder has the department's page, in whichever language."""
    return any(folder.glob(f"report-{slug(department)}.*html"))


def letter_name(department: str) -> str:
    """Return a letter's file name."""
    return f"letter-{slug(department)}.eml"


def workbook_name(department: str | None, language: str, home: str) -> str:
    """Return a workbook's file name."""
    suffix = "" if language == home else f".{language}"
    return f"evidence{'-' + slug(department) if department is not None else ''}{suffix}.xlsx"
