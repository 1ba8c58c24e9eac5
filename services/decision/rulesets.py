"""Reads the rule files that ship with the service, once."""

from __future__ import annotations

import functools
import hashlib
from importlib import resources

from services.decision.interpretations import Collection
from services.decision.rulebook import Rulebook

ENGINE = (
    "casefacts.py",
    "checks.py",
    "clocks.py",
    "conditions.py",
    "eligibility.py",
    "entitlements.py",
    "filing.py",
    "household.py",
    "means.py",
    "observing.py",
    "plannedcare.py",
    "proofs.py",
    "references.py",
    "rulebook.py",
    "shapes.py",
)


@functools.cache
def texts() -> dict[str, str]:
    """The rule files by name."""
    return _texts("rules")


def _texts(folder: str) -> dict[str, str]:
    files = (resources.files("services.decision") / folder).iterdir()
    return {file.name: file.read_text("utf-8") for file in files if file.name.endswith(".yaml")}


@functools.cache
def current() -> Rulebook:
    """The rule book of this release."""
    return Rulebook(texts().values())


@functools.cache
def collection() -> Collection:
    """The collection of interpretations of this release."""
    return Collection(_texts("interpretations").values())


@functools.cache
def engine_digest() -> str:
    """The digest of the code that applies the rules: part of what an evaluation rests on."""
    digest = hashlib.sha256()
    for name in ENGINE:
        digest.update((resources.files("services.decision") / name).read_bytes())
    return digest.hexdigest()[:16]
