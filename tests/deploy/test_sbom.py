"""Each image lists what it carries, and nothing is carried whose licence nobody knows or that would bind the whole."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from deploy import sbom
from deploy.locks import LOCKS, ROOT

DOCKERFILE = (ROOT / "deploy" / "Dockerfile").read_text()


@pytest.mark.parametrize("image", sbom.IMAGES)
def test_each_image_lists_what_its_lock_installs(image: str) -> None:
    listed = {(one["name"], one["version"]) for one in sbom.bill(image)["components"] if one["type"] == "library"}
    for lock in sbom.IMAGES[image]:
        pins = re.findall(
            r"^(\S+)==(\S+) (?!; sys_platform == 'win32')", (LOCKS / f"{lock}.txt").read_text(), re.MULTILINE
        )
        assert {(name.lower(), version) for name, version in pins} - listed <= windows()
    assert ("numba" in dict(listed)) == (image in ("ame-dedup", "ame-relink"))
    assert ("pyspark" in dict(listed)) == ("splink" in dict(listed)) == (image == "ame-relink")


def windows() -> set[tuple[str, str]]:
    """Pins that other systems alone install."""
    return {
        (name.lower(), version)
        for lock in LOCKS.glob("*.txt")
        for name, version in re.findall(r"^(\S+)==(\S+) ; [^\n]*win32", lock.read_text(), re.MULTILINE)
    }


def test_the_images_are_those_of_the_dockerfile() -> None:
    assert "-r traces.txt -r ${JOB}.txt -r ${SERVICE}.txt" in DOCKERFILE
    compose = (ROOT / "docker-compose.yml").read_text()
    named = set(re.findall(r"image: (ame-\w+):", compose)) - {"ame-keycloak"}
    assert named == set(sbom.IMAGES)
    jobs = re.findall(r"SERVICE: (\w+), JOB: (\w+)", compose)
    assert [sbom.IMAGES[f"ame-{job}"] for _, job in jobs] == [(service, "traces", job) for service, job in jobs]


def test_every_licence_is_known_and_binds_nobody_else() -> None:
    for one in sbom.components(sorted({lock for locks in sbom.IMAGES.values() for lock in locks})):
        assert one.licence != sbom.UNKNOWN, one.name
        assert not re.search(r"\bA?GPL", one.licence.replace("LGPL", "")), f"{one.name}: {one.licence}"


def test_what_is_noted_is_what_the_locks_apart_install() -> None:
    """The versions of the locks; where they are installed, the licences too."""
    noted, told = sbom.NOTED.read_text().splitlines(), sbom.note().splitlines()
    assert [line.partition(" = ")[0] for line in noted] == [line.partition(" = ")[0] for line in told]
    assert {line for line in told if sbom.UNKNOWN not in line} <= set(noted)


def test_the_same_locks_give_the_same_files(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        sbom.write(tmp_path / folder)
    for path in sorted((tmp_path / "one").iterdir()):
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes()
        content = json.loads(path.read_text())
        assert (content["bomFormat"], content["specVersion"]) == ("CycloneDX", "1.6")
        references = [one["bom-ref"] for one in content["components"]]
        assert len(references) == len(set(references)) > 3
