"""Fit a small network to labelled rows: the same rows give the same network, bit for bit."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from compliance.match.model import Network, probability

Floats = npt.NDArray[np.float64]

_BATCH = 512


def train(
    table: Floats, truth: Floats, *, hidden: int, rounds: int, members: int, decay: float
) -> Network:
    """Fit the mean of several networks by Adam on the log loss; the same seeds every time."""
    mean, scale = table.mean(axis=0), table.std(axis=0) + 1e-3
    standard = (table - mean) / scale
    found = tuple(
        _train_one(standard, truth, np.random.default_rng(seed), hidden, rounds, decay)
        for seed in range(members)
    )
    return Network(mean, scale, found)


def _train_one(
    x: Floats, y: Floats, random: np.random.Generator, hidden: int, rounds: int, decay: float
) -> tuple[Floats, Floats, Floats, float]:
    width = x.shape[1]
    weights = [
        random.normal(0, 1 / np.sqrt(width), (width, hidden)),
        np.zeros(hidden),
        random.normal(0, 1 / np.sqrt(hidden), hidden),
        np.asarray([np.log((y.mean() + 1e-6) / (1 - y.mean() + 1e-6))]),
    ]
    means = [np.zeros_like(w) for w in weights]
    squares = [np.zeros_like(w) for w in weights]
    steps = rounds * (len(x) // _BATCH + 1)
    for step, rows in enumerate(_batches(len(x), random, rounds), start=1):
        a = x[rows]
        h = np.tanh(a @ weights[0] + weights[1])
        error = (probability(h @ weights[2] + weights[3][0]) - y[rows]) / len(rows)
        back = np.outer(error, weights[2]) * (1 - h * h)
        slopes = [a.T @ back + decay * weights[0], back.sum(axis=0),
                  h.T @ error + decay * weights[2], np.asarray([error.sum()])]  # fmt: skip
        rate = 0.004 * 0.5 * (1 + np.cos(np.pi * step / steps))
        for w, m, s, slope in zip(weights, means, squares, slopes, strict=True):
            m += 0.1 * (slope - m)
            s += 0.001 * (slope * slope - s)
            w -= rate * (m / (1 - 0.9**step)) / (np.sqrt(s / (1 - 0.999**step)) + 1e-8)
    return weights[0], weights[1], weights[2], float(weights[3][0])


def _batches(
    count: int, random: np.random.Generator, rounds: int
) -> Iterator[npt.NDArray[np.int64]]:
    for _ in range(rounds):
        order = random.permutation(count)
        for start in range(0, count, _BATCH):
            yield order[start : start + _BATCH]
