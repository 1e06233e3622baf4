"""What rules/matching.toml says: from when on a likeness is a match, and what is not the name."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from compliance.names import Lexicon
from compliance.shipped import shipped
from compliance.toml_shape import TomlFile

_SECTIONS = ("thresholds", "factoring", "departments")


@dataclass(frozen=True)
class Settings:
    """Thresholds on the calibrated probability, 0..1, and the words that names are read with."""

    matched: float = 0.90  # when the org numbers agree
    matched_by_name: float = 0.96  # when no number says anything
    review: float = 0.10
    lexicon: Lexicon = field(default_factory=Lexicon)


def read_settings(folder: Path | None = None) -> Settings:
    """Read `matching.toml` of a rules folder; of the shipped rules without one.

    Raises RuleError for what it does not know, and for thresholds out of order.
    """
    path = (folder or shipped("rules")) / "matching.toml"
    if not path.is_file():
        path = shipped("rules") / "matching.toml"
    file = TomlFile(path, sections=_SECTIONS)
    thresholds = file.table("thresholds", {"matched", "matched_by_name", "review"}, explained=False)
    matched, review = thresholds.share("matched"), thresholds.share("review")
    by_name = max(matched, Settings.matched_by_name)  # rules written before there were two steps
    if "matched_by_name" in thresholds:
        by_name = thresholds.share("matched_by_name")
    for name, share in (("matched", matched), ("matched_by_name", by_name)):
        if review > share:
            thresholds.refuse("review", f"is above `{name}`", fix=f"let review begin below {name}")
    factoring = file.table("factoring", {"names"}, explained=False).texts("names")
    departments = file.table("departments", {"words"}, explained=False).texts("words")
    file.close()
    return Settings(matched, by_name, review, Lexicon.of(factoring, departments))
