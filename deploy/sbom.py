"""What each image carries: a bill of materials (CycloneDX 1.6) from its lock, and the licences in one list.

    python -m deploy.sbom write FOLDER     one file for each image, NAME.cdx.json
    python -m deploy.sbom licences         name, version, licence of everything that any image carries
    python -m deploy.sbom note             where everything is installed: note what `make venv` leaves out

Versions and names come from locks/, which the images install with their hashes; licences from the installed packages of
this environment, which has the same versions, or, of the job that it does not install, from deploy/licences.toml.
"""

from __future__ import annotations

import json
import re
import sys
import tomllib
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

import yaml

from deploy.locks import LOCKS, ROOT
from shared.settings import SERVICES

PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^ ;\\]+)(?: ; ([^\\]+?))? ?\\?$", re.MULTILINE)
IMAGES: dict[str, tuple[str, ...]] = {
    **{f"ame-{service}": (service, "traces") for service in SERVICES},
    "ame-relink": ("dedup", "traces", "relink"),
}
"""The locks that each image installs (deploy/Dockerfile)."""
NAMESPACE = uuid.UUID("6f0cf0f6-6f3c-4d0b-9a53-7c5d1b6f5b7e")
LICENCES = {
    "license :: osi approved :: apache software license": "Apache-2.0",
    "license :: osi approved :: bsd license": "BSD-3-Clause",
    "license :: osi approved :: isc license (iscl)": "ISC",
    "license :: osi approved :: mit license": "MIT",
    "license :: osi approved :: mozilla public license 2.0 (mpl 2.0)": "MPL-2.0",
    "license :: osi approved :: python software foundation license": "PSF-2.0",
    "license :: osi approved :: gnu lesser general public license v3 (lgplv3)": "LGPL-3.0-only",
}
IN_WORDS = {
    "3-clause bsd license": "BSD-3-Clause",
    "apache 2.0": "Apache-2.0",
    "apache license 2.0": "Apache-2.0",
    "bsd": "BSD-3-Clause",
    "bsd-3-clause, apache-2.0, dependency licenses": "BSD-3-Clause AND Apache-2.0",
    "mit license": "MIT",
}
UNKNOWN = "unknown"
NOTED = ROOT / "deploy" / "licences.toml"
APART = ("relink",)
"""Locks that a developer's environment does not install."""


@dataclass(frozen=True, order=True)
class Component:
    """One library of a lock."""

    name: str
    version: str
    licence: str

    def as_json(self) -> dict[str, Any]:
        """As CycloneDX writes it."""
        address = f"pkg:pypi/{self.name}@{self.version}"
        licence = {"expression": self.licence} if self.licence != UNKNOWN else {"license": {"name": UNKNOWN}}
        return {
            "type": "library",
            "bom-ref": address,
            "name": self.name,
            "version": self.version,
            "purl": address,
            "licenses": [licence],
        }


def components(locks: Sequence[str]) -> list[Component]:
    """What these locks install, sorted; each once."""
    found = {(name, version) for lock in locks for name, version, _ in _pins(lock)}
    noted = {tuple(key.split("==")): licence for key, licence in tomllib.loads(NOTED.read_text()).items()}
    return sorted(Component(name, version, noted.get((name, version)) or licence_of(name)) for name, version in found)


def note() -> str:
    """What deploy/licences.toml says: libraries of the locks apart that no other lock has, with their licences."""
    usual = {name for lock in LOCKS.glob("*.txt") if lock.stem not in APART for name, _, _ in _pins(lock.stem)}
    pins = sorted({(name, version) for lock in APART for name, version, _ in _pins(lock) if name not in usual})
    return "".join(f'"{name}=={version}" = "{licence_of(name)}"\n' for name, version in pins)


def _pins(lock: str) -> Iterator[tuple[str, str, str]]:
    for name, version, marker in PIN.findall((LOCKS / f"{lock}.txt").read_text()):
        if "win32" in marker and "!=" not in marker:  # what only other systems install is in no image
            continue
        yield name.lower(), version, marker


def licence_of(name: str) -> str:
    """The licence that an installed package names, as an SPDX expression where it can be told."""
    try:
        found: Any = metadata.metadata(name)
    except metadata.PackageNotFoundError:
        return UNKNOWN
    if expression := found.get("License-Expression"):
        return str(expression)
    for classifier in found.get_all("Classifier") or ():
        if known := LICENCES.get(classifier.lower()):
            return known
    text = str(found.get("License") or "").strip().splitlines()
    word = text[0] if text else ""
    return IN_WORDS.get(word.lower(), word if re.fullmatch(r"[\w.+-]+", word) else UNKNOWN)


def bill(image: str) -> dict[str, Any]:
    """The bill of one image: the same for the same locks."""
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    listed = [one.as_json() for one in components(IMAGES[image])]
    serial = uuid.uuid5(NAMESPACE, json.dumps([image, version, listed], sort_keys=True))
    base = re.findall(r"^FROM (\S+)", (ROOT / "deploy" / "Dockerfile").read_text(), re.MULTILINE)[-1]
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{serial}",
        "version": 1,
        "metadata": {
            "component": {
                "type": "container",
                "bom-ref": image,
                "name": image,
                "version": version,
                "licenses": [{"expression": "Apache-2.0"}],
            }
        },
        "components": [*listed, _image(base)],
        "dependencies": [{"ref": image, "dependsOn": [*(one["bom-ref"] for one in listed), f"image:{base}"]}],
    }


def servers() -> dict[str, Any]:
    """The bill of what runs beside our images: the servers of docker-compose.yml."""
    parts = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"].values()
    named = sorted({part["image"] for part in parts if not part["image"].startswith("ame-")})
    serial = uuid.uuid5(NAMESPACE, json.dumps(named))
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{serial}",
        "version": 1,
        "components": [_image(name) for name in named],
    }


def _image(name: str) -> dict[str, Any]:
    plain, _, tag = name.rpartition(":")
    return {"type": "container", "bom-ref": f"image:{name}", "name": plain, "version": tag}


def write(folder: Path) -> list[Path]:
    """One file for each image and one for the servers beside them; their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, content in {**{image: bill(image) for image in IMAGES}, "servers": servers()}.items():
        path = folder / f"{name}.cdx.json"
        path.write_text(json.dumps(content, indent=2) + "\n")
        written.append(path)
    return written


def main(arguments: list[str]) -> int:
    """Write the bills, or print the licences; returns the exit code."""
    match arguments:
        case ["write", folder]:
            print("\n".join(map(str, write(Path(folder)))))
            return 0
        case ["note"]:
            NOTED.write_text(note())
            return 0
        case ["licences"]:
            every = components(sorted({lock for locks in IMAGES.values() for lock in locks}))
            width = max(len(one.name) for one in every)
            print("\n".join(f"{one.name:<{width}}  {one.version:<12}  {one.licence}" for one in every))
            return 0
        case _:
            print("usage: python -m deploy.sbom write FOLDER | licences | note", file=sys.stderr)
            return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
