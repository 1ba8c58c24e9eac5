"""Reads the rule files that ship with the service, once."""

from __future__ import annotations

import functools
import hashlib
from importlib import resources

from services.decision.domain.law.interpretations import Collection
from services.decision.domain.law.rulebook import Rulebook
from shared.contract.legal_values import common_text

ENGINE = ("law", "eligibility")
"""The folders of domain/ whose code an evaluation rests on."""


@functools.cache
def texts() -> dict[str, str]:
    """The rule files by name, with the one that all services share."""
    return {"common.yaml": common_text(), **_texts("rules")}


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
    for folder in ENGINE:
        files = (resources.files("services.decision") / "domain" / folder).iterdir()
        for file in sorted((file for file in files if file.name.endswith(".py")), key=lambda file: file.name):
            digest.update(f"{folder}/{file.name}\n".encode())
            digest.update(file.read_bytes())
    return digest.hexdigest()[:16]
