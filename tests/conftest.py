"""What every test may use."""

from __future__ import annotations

import pytest

pytest_plugins = ["demo", "promises"]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--rewrite-golden", action="store_true", help="write the expected files anew")
