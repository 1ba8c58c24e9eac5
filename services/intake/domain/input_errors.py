"""What intake does not take, and the public code of each rule of form. PURE.

intake rejects only what is impossible (a day that never existed), contradictory (received before it was deposited),
unreadable or unknown (a caisse that does not exist). Whether a possible fact opens a right is law, never said here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from pydantic import ValidationError

from shared.contract.input_errors import InputError, pointer_of, rule_and_sentence


class InvalidApplication(Exception):
    """The facts cannot be recorded; ``errors`` is never empty."""

    def __init__(self, errors: Iterable[InputError]) -> None:
        self.errors = sorted(set(errors))
        super().__init__("; ".join(f"{error.pointer} {error.code}" for error in self.errors))


_CODES = {
    "missing": "missing",
    "string_too_long": "too_long",
    "too_long": "too_long",
    "string_too_short": "too_short",
    "too_short": "too_short",
    "greater_than_equal": "out_of_range",
    "less_than_equal": "out_of_range",
    "int_parsing_size": "out_of_range",
    "enum": "unknown_value",
    "control_character": "control_character",
    "string_pattern_mismatch": "wrong_format",
    "json_invalid": "malformed",
    "string_unicode": "malformed",
}


def _code(rule: str, message: str, value: Any) -> str:
    """The code of intake for a rule of form; ``message`` and ``value`` say which rule of dates was broken."""
    if rule.startswith("date_"):
        written = isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value)
        return "impossible_date" if written else "date_format"
    if rule in {"partial_date", "value_error"}:
        if "no such day" in message:
            return "impossible_date"
        return "date_too_old" if "year before 1850" in message else "date_format"
    if rule.startswith("uuid"):
        return "wrong_format"
    return _CODES.get(rule, "wrong_type")


def form_errors(invalid: ValidationError) -> list[InputError]:
    """What pydantic found wrong with the form, without the values."""
    found = []
    for error in invalid.errors(include_url=False):
        rule, sentence = rule_and_sentence(error)
        found.append(InputError(pointer_of(error["loc"]), _code(rule, error["msg"], error.get("input")), sentence))
    return found
