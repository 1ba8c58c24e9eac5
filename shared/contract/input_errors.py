"""What is wrong with an input: JSON pointer, stable code of the rule, French sentence. PURE, and quick to load.

One type for every route, command and import; the French is in input_rules.py. The value is never repeated: it may be a
name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shared.contract.input_forms import form_of
from shared.contract.input_rules import SENTENCES

PUBLIC_CODES = {"extra_forbidden": "unknown_field"}
"""The public code where it is not pydantic's own."""


@dataclass(frozen=True, order=True)
class InputError:
    """One thing wrong with an input: ``pointer`` (JSON pointer, RFC 6901), stable ``code`` of the rule, and why, in
    French.

    ``other``: the pointer of the field it contradicts, where two cannot both be true. ``detail`` never repeats a name.
    What is told can always be sent: a field may have half of a surrogate pair in its name, wherever it is found.
    """

    pointer: str
    code: str
    detail: str
    other: str = ""

    def __post_init__(self) -> None:
        """Keep what any answer can carry."""
        for name in ("pointer", "detail", "other"):
            object.__setattr__(self, name, carried(getattr(self, name)))

    @property
    def pointers(self) -> str:
        """The pointer, or both where two fields contradict each other."""
        return f"{self.pointer} et {self.other}" if self.other else self.pointer


def carried(text: str) -> str:
    """The text as UTF-8 can carry it: half of a surrogate pair, which JSON allows, is shown as a question mark."""
    return text if text.isascii() else text.encode(errors="replace").decode()


def pointer_of(location: Iterable[str | int]) -> str:
    """The JSON pointer (RFC 6901) of a path in a document; empty for the whole."""
    return "".join("/" + carried(str(step)).replace("~", "~0").replace("/", "~1") for step in location)


def pointer(location: Sequence[str | int]) -> str:
    """A JSON pointer from a pydantic location; the leading ``body`` is left out, ``query`` and ``header`` are kept."""
    return pointer_of(location[1:] if location and location[0] == "body" else location) or "/"


def rule_and_sentence(error: Mapping[str, Any]) -> tuple[str, str]:
    """The rule that one error of pydantic names, ours where a value breaks one of ours, and its sentence in French."""
    rule, context = str(error["type"]), dict(error.get("ctx") or {})
    if "expected" in context:
        context["expected"] = str(context["expected"]).replace(" or ", " ou ")
    if rule == "value_error":
        ours = str(context.get("error", error["msg"])).split(":")[0].strip()
        rule = ours if ours in SENTENCES else rule
    if rule == "string_pattern_mismatch":
        field = next((step for step in reversed(error["loc"]) if isinstance(step, str)), "")
        if form := form_of(field, error.get("input")):
            return rule, form
    sentence = SENTENCES.get(rule, f"Valeur refusée (règle « {rule} »).")
    try:
        return rule, sentence.format(**context)
    except (KeyError, IndexError, ValueError):
        return rule, sentence


def input_errors(errors: Sequence[Any]) -> list[InputError]:
    """Pydantic's error list in our words."""
    found = []
    for error in errors:
        rule, sentence = rule_and_sentence(error)
        found.append(InputError(pointer(error["loc"]), PUBLIC_CODES.get(rule, rule), sentence))
    return found
