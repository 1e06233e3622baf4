"""What are the likenesses worth? Numbers in, probabilities out.

Two small networks of one hidden layer each (a mean over a few, trained from different beginnings):
the first judges a pair, the second what stands beside the best pair of a vendor: its runner-up, and
the strangers that resemble it as much. Trained and calibrated by calibrate.py, kept with its
figures in model.json. Double precision and sums of a fixed order: the same answer everywhere.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

FILE = Path(__file__).with_name("model.json")
_CLIP = 30.0


@dataclass(frozen=True)
class Network:
    """`members` are (input × hidden weights, hidden bias, output weights, output bias)."""

    mean: Floats
    scale: Floats
    members: tuple[tuple[Floats, Floats, Floats, float], ...]

    def logits(self, table: Floats) -> Floats:
        """Return one log odds per row."""
        standard = table - self.mean
        standard /= self.scale
        # All members' first layers in one product.
        hidden = standard @ np.hstack([inner for inner, *_ in self.members])
        hidden += np.concatenate([bias for _, bias, *_ in self.members])
        np.tanh(hidden, out=hidden)
        found = hidden @ np.concatenate([outer for *_, outer, _ in self.members])
        found += sum(last for *_, last in self.members)
        return np.asarray(np.clip(found / len(self.members), -_CLIP, _CLIP))

    def to_json(self) -> dict[str, Any]:
        """Return what from_json reads, rounded to what matters."""
        return {
            "mean": _rounded(self.mean),
            "scale": _rounded(self.scale),
            "members": [
                [_rounded(inner), _rounded(bias), _rounded(outer), round(float(last), 5)]
                for inner, bias, outer, last in self.members
            ],
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Network:
        return cls(
            np.asarray(data["mean"], dtype=np.float64),
            np.asarray(data["scale"], dtype=np.float64),
            tuple(
                (
                    np.asarray(inner, dtype=np.float64),
                    np.asarray(bias, dtype=np.float64),
                    np.asarray(outer, dtype=np.float64),
                    float(last),
                )
                for inner, bias, outer, last in data["members"]
            ),
        )


@dataclass(frozen=True)
class Calibration:
    """What share of the vendors that the networks call so sure was right, by those they never saw.

    `said` rises from 0 to 1; between its points the share is drawn as a line.
    """

    said: Floats
    true: Floats

    def of(self, share: Floats) -> Floats:
        """Return the calibrated probability; the order stays."""
        return np.asarray(np.interp(share, self.said, self.true))


@dataclass(frozen=True)
class Model:
    """Of one pair, and of a vendor's best pair among the others."""

    pair: Network
    vendor: Network
    calibration: Calibration


@lru_cache(maxsize=1)
def shipped_model() -> Model:
    """Return the model that ships."""
    data = json.loads(FILE.read_text("utf-8"))
    points = (np.asarray(data["calibration"][name], np.float64) for name in ("said", "true"))
    return Model(
        Network.from_json(data["pair"]), Network.from_json(data["vendor"]), Calibration(*points)
    )


def probability(logits: Floats) -> Floats:
    """Log odds as 0..1."""
    return np.asarray(1 / (1 + np.exp(-np.clip(logits, -_CLIP, _CLIP))))


def _rounded(values: Floats) -> list[Any]:
    return list(np.round(values, 5).tolist())
