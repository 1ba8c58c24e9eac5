"""The catalogue: every kind of the contract's list with its definition. The service does not start with one missing."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from types import MappingProxyType

from services.letters.domain.kind_definition import KindDefinition
from shared.contract.letter_kinds import LetterKind

LANGUAGE = "fr"


def _read() -> Mapping[LetterKind, KindDefinition]:
    package = "services.letters.domain.kinds"
    found = {kind: importlib.import_module(f"{package}.{kind.value}").KIND for kind in LetterKind}
    misplaced = [kind.value for kind, definition in found.items() if definition.kind is not kind]
    if misplaced:
        raise LookupError(f"declared under another name: {misplaced}")
    return MappingProxyType(found)


KINDS: Mapping[LetterKind, KindDefinition] = _read()

# Kinds that ask something of the person: nothing more is asked once the application is withdrawn.
ASKING = frozenset(
    {
        LetterKind.PAPER_REQUEST,
        LetterKind.PAPER_REMINDER,
        LetterKind.REGULARISATION,
        LetterKind.ORIGINAL_REQUEST,
        LetterKind.APPOINTMENT,
    }
)
# Kinds that remind: they may also leave as a short notice by e-mail or SMS, which has no effect.
REMINDING = frozenset({LetterKind.PAPER_REMINDER, LetterKind.TITLE_REMINDER, LetterKind.RENEWAL_REMINDER})
