"""What every test of a written report may use."""

from __future__ import annotations

from reading import made

__all__ = ["made"]
