"""Everyone can read the report's colours: contrast by WCAG 2.1, 4.5:1 for text and 3:1 for marks."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from compliance.report.rendering import PALETTE

CSS = (Path(__file__).resolve().parent.parent / "reports/templates/report.css.j2").read_text(
    "utf-8"
)


def theme(dark: bool) -> dict[str, str]:
    """The page's colours by name, as its style sheet gives them."""
    css = re.sub(r"\{\{ palette\.(\w+) \}\}", lambda m: PALETTE[m[1]], CSS)
    blocks = re.findall(r":root\{(.*?)\}", css)
    assert len(blocks) == 2
    text = "".join(blocks[: 1 + dark])
    return dict(re.findall(r"--([\w-]+):(#\w+)", text))


def luminance(colour: str) -> float:
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


TEXTS = [
    ("ink", "paper"), ("soft", "paper"), ("petrol", "paper"), ("rust", "paper"), ("ink", "surface"),
    ("soft", "surface"), ("petrol", "surface"), ("petrol-ink", "petrol-tint"),
    ("rust-ink", "rust-tint"), ("grey-ink", "grey-tint"),
]  # fmt: skip
MARKS = [("petrol", "paper"), ("rust", "paper"), ("ink", "paper"), ("petrol", "track"),
         ("rust", "track"), ("k1", "paper"), ("k2", "paper"), ("k3", "paper"), ("k4", "paper"),
         ("k5", "paper"), ("petrol", "rust-tint"), ("petrol", "petrol-tint")]  # fmt: skip


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize(("text", "ground"), TEXTS)
def test_text_is_readable_on_its_ground(text: str, ground: str, dark: bool) -> None:
    colours = theme(dark)
    assert contrast(colours[text], colours[ground]) >= 4.5


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize(("mark", "ground"), MARKS)
def test_a_mark_is_seen_on_its_ground(mark: str, ground: str, dark: bool) -> None:
    colours = theme(dark)
    assert contrast(colours[mark], colours[ground]) >= 3


def test_the_letters_white_text_is_readable_on_its_band_and_button() -> None:
    assert contrast("#ffffff", PALETTE["petrol"]) >= 4.5
    for text in ("ink", "soft", "rust", "petrol"):
        assert contrast(PALETTE[text], PALETTE["paper"]) >= 4.5
