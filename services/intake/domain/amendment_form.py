"""The facts of an application as fields that a person can change, and back to a patch. PURE.

A field keeps what was typed until it reads as a fact. What somebody else changed meanwhile is told by the fields that
differ, so that only those a person touched are written over it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from services.intake.domain.interview.answers import cents, full_date, partial_date
from shared.contract.facts import ApplicationFacts
from shared.french import countries
from shared.french import partial_date as written_partial

LONGEST: Final = 300
SEXES: Final = (("", "non indiqué"), ("F", "féminin"), ("M", "masculin"))
LODGINGS: Final = (
    ("own", "logement à soi"),
    ("hosted_free", "hébergé gratuitement"),
    ("shelter", "centre d'hébergement"),
    ("hotel", "hôtel"),
    ("homeless", "sans domicile"),
)
TITLES: Final = (
    ("none", "aucun titre"),
    ("visa", "visa"),
    ("visa_exempt", "dispensé de visa"),
    ("permit", "titre de séjour"),
    ("receipt", "récépissé"),
    ("procedure_pending", "procédure en cours"),
    ("asylum_pending", "demande d'asile en cours"),
    ("eu_national", "citoyen de l'Union"),
)


@dataclass(frozen=True)
class Field:
    """One fact of the form. ``path``: where it is in the facts; ``kind``: text, date, partial_date, euros, a country
    or one of ``options``; ``whose``: the rank of its member, None for the household."""

    name: str
    label: str
    path: tuple[str | int, ...]
    kind: str = "text"
    options: tuple[tuple[str, str], ...] = ()
    whose: int | None = None

    @property
    def pointer(self) -> str:
        """Where a reading of the whole facts names it."""
        return "/" + "/".join(map(str, self.path))


_MEMBER: Final = (
    ("family_name", "Nom de famille", "text", ()),
    ("given_names", "Prénoms", "text", ()),
    ("usage_name", "Nom d'usage", "text", ()),
    ("sex", "Sexe", "choice", SEXES),
    ("birth_date", "Date de naissance", "partial_date", ()),
    ("birth_place", "Lieu de naissance", "text", ()),
    ("birth_country", "Pays de naissance", "country", ()),
    ("nationality", "Nationalité", "country", ()),
    ("stay.entered_on", "Entrée en France", "date", ()),
    ("stay.irregular_since", "Sans droit au séjour depuis", "date", ()),
    ("stay.title", "Droit au séjour", "choice", TITLES),
)
_HOUSEHOLD: Final = (
    ("means.estimate_cents", "Ressources sur douze mois", "euros", ()),
    ("address.line", "Adresse", "text", ()),
    ("address.postcode", "Code postal", "text", ()),
    ("address.city", "Commune", "text", ()),
    ("address.telephone", "Téléphone", "text", ()),
    ("address.lodging", "Logement", "choice", LODGINGS),
)


def fields_of(facts: ApplicationFacts) -> list[Field]:
    """The fields of a form for these facts: each member, then the household."""
    fields = [
        Field(f"m{at}_{path.replace('.', '_')}", label, ("members", at, *path.split(".")), kind, options, member.rank)
        for at, member in enumerate(facts.members)
        for path, label, kind, options in _MEMBER
    ]
    return fields + [
        Field(path.replace(".", "_"), label, tuple(path.split(".")), kind, options)
        for path, label, kind, options in _HOUSEHOLD
    ]


def written(facts: ApplicationFacts) -> dict[str, str]:
    """The facts as the fields of the form show them."""
    document = facts.model_dump(mode="json")
    return {field.name: _text(field, _at(document, field.path)) for field in fields_of(facts)}


def typed(facts: ApplicationFacts, form: Mapping[str, Any]) -> dict[str, str]:
    """What a form says of these fields; a field that it lacks stays as it is."""
    before = written(facts)
    return {name: str(form.get(name, before[name])).strip()[:LONGEST] for name in before}


def in_words(field: Field, text: str) -> str:
    """What a field says, for reading: the name of a country, the words of a choice."""
    named = dict(countries()) if field.kind == "country" else dict(field.options)
    return named.get(text, text) or "rien"


def differences(before: ApplicationFacts, after: ApplicationFacts) -> list[tuple[str, str, str]]:
    """(whose and what, before, after) of each field that two versions tell otherwise; papers are told by their page."""
    was, now = written(before), written(after)
    people = {member.rank: f"{member.family_name} {member.given_names}".strip() for member in after.members}
    lines = []
    for field in fields_of(after):
        if was.get(field.name, "") != now[field.name]:
            label = field.label if field.whose is None else f"{people[field.whose]}, {field.label.lower()}"
            lines.append((label, in_words(field, was.get(field.name, "")), in_words(field, now[field.name])))
    gone = {member.member_id for member in before.members} - {member.member_id for member in after.members}
    lines += [
        (f"{one.family_name} {one.given_names}".strip(), "dans le foyer", "n'y est plus")
        for one in before.members
        if one.member_id in gone
    ]
    return lines


def patch_of(
    facts: ApplicationFacts, given: Mapping[str, str], today: dt.date
) -> tuple[dict[str, Any], dict[str, str]]:
    """The patch that makes ``facts`` say what was typed, and the sentences on what does not read as a fact."""
    document, wrong = facts.model_dump(mode="json"), {}
    before, sections = written(facts), set()
    for field in fields_of(facts):
        text = given.get(field.name, before[field.name])
        if text == before[field.name]:
            continue
        value, sentence = _read(field, text, today)
        if sentence:
            wrong[field.name] = f"{field.label} : {sentence}"
            continue
        sections.add(field.path[0])
        place = _at(document, field.path[:-1])
        place[field.path[-1]] = value
    if wrong:
        return {}, wrong
    return {str(name): document[str(name)] for name in sections}, {}


def name_of(facts: ApplicationFacts, pointer: str) -> str:
    """The field whose fact an error points at; empty where the form has none."""
    return next((field.name for field in fields_of(facts) if field.pointer == pointer), "")


def _read(field: Field, text: str, today: dt.date) -> tuple[Any, str]:
    if any(ord(sign) < 32 for sign in text):
        return None, "retirez les signes qui ne s'impriment pas."
    match field.kind:
        case "date" | "partial_date" if text:
            return _read_date(field, text, today)
        case "euros" if text:
            amount = cents(text)
            return amount, "" if amount is not None else "écrivez un montant en euros, par exemple 3600 ou 3600,50."
        case "country" if text:
            known = text in dict(countries())
            return text, "" if known else "choisissez un pays de la liste."
        case "choice":
            known = text in dict(field.options)
            return text, "" if known else "choisissez une des réponses proposées."
        case "text":
            return text, ""
    return None, ""


def _read_date(field: Field, text: str, today: dt.date) -> tuple[Any, str]:
    if field.kind == "date":
        day = full_date(text)
        if day is None:
            return None, "écrivez un jour qui existe, par exemple 12/03/2024."
        return day.isoformat(), "" if day <= today else "ce jour n'est pas encore venu."
    parts = [*text.split("/")]
    known = partial_date("/".join([""] * (3 - len(parts)) + parts)) if len(parts) <= 3 else None
    if known is None:
        return None, "écrivez une date qui existe, par exemple 12/03/1979 ; 03/1979 ou 1979 suffisent."
    return known, "" if known <= today.isoformat() else "cette date n'est pas encore venue."


def _text(field: Field, value: Any) -> str:
    if value is None or value == "":
        return ""
    match field.kind:
        case "date":
            return dt.date.fromisoformat(value).strftime("%d/%m/%Y")
        case "partial_date":
            return written_partial(value)
        case "euros":
            return f"{value // 100}" + (f",{value % 100:02}" if value % 100 else "")
    return str(value)


def _at(document: Any, path: tuple[str | int, ...]) -> Any:
    for part in path:
        document = document[part]
    return document


def sections_of(facts: ApplicationFacts) -> Iterator[tuple[str, list[Field]]]:
    """The fields under the name of whose they are, for a page."""
    fields = fields_of(facts)
    for member in facts.members:
        name = f"{member.family_name} {member.given_names}".strip()
        yield name, [field for field in fields if field.whose == member.rank]
    yield "Ressources et adresse", [field for field in fields if field.whose is None]
