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

    matched: float = 0.94
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
    thresholds = file.table("thresholds", {"matched", "review"}, explained=False)
    matched, review = thresholds.share("matched"), thresholds.share("review")
    if review > matched:
        thresholds.refuse("review", "is above `matched`", fix="let review begin below matched")
    factoring = file.table("factoring", {"names"}, explained=False).texts("names")
    departments = file.table("departments", {"words"}, explained=False).texts("words")
    file.close()
    return Settings(matched, review, Lexicon.of(factoring, departments))
