"""Completes a bill of materials, and holds it against the locked requirements: `make sbom`.

tools/sbom.py dist/livewatch-sbom.json requirements/runtime.txt
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

#: Licences that a package has in a file of its own, or in words of its own, and in no field that says
#: which of the SPDX list it is: read in the file of its wheel.
LICENCES = {"ahocorasick-rs": "Apache-2.0", "protobuf": "BSD-3-Clause"}
#: What every environment has: it is part of no installation's work.
TOOLS = {"pip", "setuptools"}
ROOT = Path(__file__).parents[1]


def name_of(text: str) -> str:
    """A package's name as PEP 503 has it."""
    return re.sub(r"[-_.]+", "-", text).lower()


def version() -> str:
    """Of livewatch, from the one place where it stands."""
    text = (ROOT / "detectors" / "__init__.py").read_text("utf-8")
    found = re.search(r'^__version__ = "(.+)"$', text, re.MULTILINE)
    if found is None:
        raise SystemExit("detectors/__init__.py names no version")
    return found[1]


def completed(document: dict[str, Any]) -> dict[str, Any]:
    """The document with livewatch's version and the licences that metadata do not name."""
    document["metadata"]["component"]["version"] = version()
    parts = [one for one in document["components"] if name_of(one["name"]) not in TOOLS]
    for part in parts:
        licence = LICENCES.get(name_of(part["name"]))
        if licence is not None and not part.get("licenses"):
            part["licenses"] = [{"license": {"id": licence}}]
    document["components"] = parts
    return document


def problems(document: dict[str, Any], requirements: str) -> list[str]:
    """What is in one and not in the other, has another version, or names no licence."""
    locked = {
        name_of(name): number
        for name, number in re.findall(
            r"^([A-Za-z0-9._-]+)==([^ ;\\\n]+)", requirements, re.MULTILINE
        )
    }
    listed = {name_of(part["name"]): part["version"] for part in document["components"]}
    found = [
        f"{name} {listed[name]} is not locked" for name in sorted(listed.keys() - locked.keys())
    ]
    # What is only for other systems or interpreters is locked and not installed.
    found += [
        f"{name} is {listed[name]}, locked is {locked[name]}"
        for name in sorted(listed.keys() & locked.keys())
        if listed[name] != locked[name]
    ]
    found += [
        f"{part['name']} names no licence"
        for part in document["components"]
        if not part.get("licenses")
    ]
    return found


def main(path: Path, requirements: Path) -> int:
    """Completes the file in its place; 1 where it does not hold."""
    document = completed(json.loads(path.read_text("utf-8")))
    path.write_text(json.dumps(document, ensure_ascii=False, indent=2) + "\n", "utf-8")
    found = problems(document, requirements.read_text("utf-8"))
    for problem in found:
        sys.stderr.write(f"{path}: {problem}\n")
    sys.stdout.write(f"{path}: {len(document['components'])} components\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
