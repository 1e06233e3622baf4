"""What is in it? The bill of materials of an installed environment, as CycloneDX 1.5 JSON.

    python tests/sbom.py > sbom.json

Walks the installed packages from the named ones through what they require; needs no network.
"""

from __future__ import annotations

import json
import re
import sys
import tomllib
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path
from typing import Any


def bill(named: Iterable[str]) -> dict[str, Any]:
    """Return the bill, its packages by name; the same for the same environment."""
    found: dict[str, metadata.Distribution] = {}
    waiting = list(named)
    while waiting:
        name = _plain(waiting.pop())
        if name in found:
            continue
        try:
            found[name] = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            continue  # asked for on other systems only
        for requirement in found[name].requires or []:
            if "extra ==" not in requirement:
                waiting.append(re.split(r"[\s;<>=!~\[(]", requirement)[0])
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "components": [_component(name, found[name]) for name in sorted(found)],
    }


def _component(name: str, package: metadata.Distribution) -> dict[str, Any]:
    told = package.metadata
    licence = told.get("License-Expression") or told.get("License") or ""
    return {
        "type": "library",
        "name": name,
        "version": package.version,
        "purl": f"pkg:pypi/{name}@{package.version}",
        "licenses": [{"license": {"name": licence.splitlines()[0][:100]}}] if licence else [],
    }


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name.strip().lower())


if __name__ == "__main__":
    project = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text("utf-8"))
    json.dump(bill(project["project"]["dependencies"]), sys.stdout, indent=1)
