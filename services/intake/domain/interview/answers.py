"""What was answered: kept as typed, whatever it is, and read question by question."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from services.intake.domain.interview.questions import Question

LONGEST = 300
MOST_PEOPLE = 29
PARTS = ("day", "month", "year")


class Person(BaseModel):
    """Another person of the household: how related, and the answers as typed."""

    relation: str
    answers: dict[str, str] = {}


class Answers(BaseModel):
    """All answers of one interview, as typed. Nothing that was typed is dropped because it is wrong."""

    model_config = ConfigDict(extra="forbid")
    answers: dict[str, str] = {}
    people: list[Person] = Field(default=[], max_length=MOST_PEOPLE)
    seen: list[str] = []


def typed(questions: Iterable[Question], form: Mapping[str, Any]) -> dict[str, str]:
    """The answers of a form to these questions, as typed; a date comes in three fields and is kept as D/M/Y."""
    kept = {}
    for question in questions:
        if question.type in ("date", "partial_date"):
            parts = [str(form.get(f"{question.id}_{part}", "")).strip()[:10] for part in PARTS]
            text = "/".join(parts) if any(parts) else ""
        else:
            text = str(form.get(question.id, "")).strip()[:LONGEST]
        kept[question.id] = text
    return kept


def errors(questions: Iterable[Question], given: Mapping[str, str], today: dt.date) -> dict[str, str]:
    """What is wrong with these answers, by question, in French sentences."""
    found = {}
    for question in questions:
        text = given.get(question.id, "")
        if not text:
            if question.required:
                found[question.id] = f"{question.label} : à indiquer pour continuer."
        elif (wrong := _wrong(question, text, today)) is not None:
            found[question.id] = f"{question.label} : {wrong}"
    return found


def _wrong(question: Question, text: str, today: dt.date) -> str | None:
    match question.type:
        case "choice" if text not in question.options:
            return "choisissez une des réponses proposées."
        case "yes_no" if text not in ("yes", "no"):
            return "répondez par oui ou par non."
        case "country" if not re.fullmatch(r"[A-Z]{2}", text):
            return "choisissez un pays de la liste."
        case "euros" if cents(text) is None:
            return "écrivez un montant en euros, par exemple 3600 ou 3600,50."
        case "number" if not (text.isascii() and text.isdigit() and int(text) <= question.most):
            return f"écrivez un nombre de 0 à {question.most}."
        case "date" | "partial_date":
            return _wrong_date(question, text, today)
        case "text" | "name":
            return _wrong_text(question, text)
    return None


def _wrong_date(question: Question, text: str, today: dt.date) -> str | None:
    if question.type == "partial_date":
        known = partial_date(text)
        if known is None:
            return "écrivez une date qui existe ; l'année seule, ou le mois et l'année, suffisent."
        return "cette date n'est pas encore venue." if known > today.isoformat() else None
    day = full_date(text)
    if day is None:
        return "écrivez un jour qui existe, avec l'année en quatre chiffres."
    may_come = question.id.endswith(("_until", "_ends_on"))
    return "ce jour n'est pas encore venu." if day > today and not may_come else None


def _wrong_text(question: Question, text: str) -> str | None:
    if question.pattern and not re.fullmatch(question.pattern, text):
        return f"{question.rule}."
    return "retirez les signes qui ne s'impriment pas." if any(ord(sign) < 32 for sign in text) else None


def cents(text: str) -> int | None:
    """An amount of euros as typed, in cents; None when it is none: « 3 600,50 », « 3600 € »."""
    plain = re.sub(r"[\s\u00a0\u202f€]", "", text).replace(",", ".")
    if not re.fullmatch(r"[0-9]{1,8}(\.[0-9]{1,2})?", plain):
        return None
    whole, _, part = plain.partition(".")
    return int(whole) * 100 + int(part.ljust(2, "0") or 0)


_PART = re.compile(r"[0-9]{1,2}")
"""A day or a month as typed. Other figures than these, such as « ² », are digits to Python and no number."""


def full_date(text: str) -> dt.date | None:
    """The day of D/M/Y; None when it does not exist or a part is missing."""
    day, month, year = [*text.split("/"), "", ""][:3]
    if not (_PART.fullmatch(day) and _PART.fullmatch(month) and re.fullmatch(r"[0-9]{4}", year)):
        return None
    try:
        return dt.date(int(year), int(month), int(day))
    except ValueError:
        return None


def partial_date(text: str) -> str | None:
    """D/M/Y with unknown parts left out, as YYYY-MM-DD with 00 for what is unknown; None when it cannot be a date."""
    day, month, year = [*text.split("/"), "", ""][:3]
    if not re.fullmatch(r"[0-9]{4}", year):
        return None
    if not month:
        return None if day else f"{year}-00-00"
    if not (_PART.fullmatch(month) and 1 <= int(month) <= 12):
        return None
    if not day:
        return f"{year}-{int(month):02}-00"
    whole = full_date(text)
    return None if whole is None else whole.isoformat()
