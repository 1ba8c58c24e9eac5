"""One row of an existing base, read through a mapping of columns: an identity worth loading, or why it is rejected
(PURE)."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, Final
from uuid import UUID

from services.dedup.domain.matching.normalisation import Identity, normalise
from services.dedup.domain.matching.record import identity_fingerprint
from shared.contract.facts import Kind
from shared.contract.placeholders import is_placeholder, placeholders_of
from shared.contract.sandbox import in_sandbox
from shared.contract.scalars import NAME_LENGTH
from shared.ids import named_uuid

FIELDS: Final = (
    "reference",
    "rank",
    "caisse",
    "deposited_on",
    "kind",
    "outcome",
    "outcome_on",
    "family_name",
    "given_names",
    "usage_name",
    "sex",
    "birth_date",
    "birth_place",
    "birth_country",
    "nationality",
    "address_postcode",
)
"""What a mapping may name; ``reference`` and ``family_name`` it must."""

KEYS: Final = ("source", "columns", "values", "defaults", "date_format", "separator", "encoding")
OUTCOMES: Final = frozenset({"pending", "granted", "refused", "lapsed", "withdrawn"})
KINDS: Final = frozenset(Kind)
_NAMES: Final = ("family_name", "given_names", "usage_name")
_TEXTS: Final = ("family_name", "given_names", "usage_name", "birth_place")


class MappingError(ValueError):
    """The mapping cannot be used; the message says why, in French."""


class RowRejected(ValueError):
    """A row that is left out; ``code`` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Columns:
    """Which column holds which field, and how this base writes dates and values."""

    source: str
    columns: Mapping[str, str]
    values: Mapping[str, Mapping[str, str]]
    defaults: Mapping[str, str]
    date_format: str
    separator: str
    encoding: str

    @cached_property
    def plan(self) -> tuple[tuple[str, str, Mapping[str, str], str], ...]:
        """(field, column or "", values to replace, default) of every field, in order."""
        none: Mapping[str, str] = {}
        return tuple(
            (name, self.columns.get(name, ""), self.values.get(name, none), self.defaults.get(name, ""))
            for name in FIELDS
        )

    @classmethod
    def of(cls, document: Any) -> Columns:
        """Read the YAML of a mapping. Raises ``MappingError``."""
        if not isinstance(document, dict) or not isinstance(document.get("columns"), dict):
            raise MappingError("le fichier doit contenir « source » et « columns » (champ : colonne)")
        if strange := sorted(str(key) for key in document if key not in KEYS):
            raise MappingError(f"clés inconnues : {', '.join(strange)} ; admises : {', '.join(KEYS)}")
        columns = _texts(document["columns"], "columns")
        defaults = _texts(document.get("defaults"), "defaults")
        values = {
            str(field): _texts(table, f"values.{field}")
            for field, table in _table(document.get("values"), "values").items()
        }
        unknown = sorted({*columns, *defaults, *values} - set(FIELDS))
        if unknown:
            raise MappingError(f"champs inconnus : {', '.join(unknown)} ; admis : {', '.join(FIELDS)}")
        missing = [name for name in ("reference", "family_name") if name not in columns]
        missing += [name for name in ("caisse",) if name not in {*columns, *defaults}]
        if missing or not document.get("source"):
            raise MappingError(f"il manque : {', '.join(missing or ['source'])}")
        separator = str(document.get("separator") or ";")
        if len(separator) != 1:
            raise MappingError(f"separator : un seul caractère, et non « {separator} »")
        return cls(
            str(document["source"]),
            columns,
            values,
            defaults,
            _date_format(str(document.get("date_format") or "%Y-%m-%d")),
            separator,
            str(document.get("encoding") or "utf-8-sig"),
        )

    @property
    def fingerprint(self) -> str:
        """The same for the same reading of a file."""
        return repr((self.columns, self.values, self.defaults, self.date_format, self.separator, self.encoding))


def _table(found: Any, name: str) -> dict[Any, Any]:
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise MappingError(f"{name} : une table « clé : valeur » est attendue")
    return found


def _texts(found: Any, name: str) -> dict[str, str]:
    """A table of texts. YAML reads NO (Norway), yes and on as truth values: those must be quoted."""
    given = {}
    for key, value in _table(found, name).items():
        for one in (key, value):
            if isinstance(one, bool) or not isinstance(one, (str, int)):
                raise MappingError(f"{name} : « {one} » n'est pas un texte ; mettez-le entre guillemets")
        given[str(key)] = str(value)
    return given


def _date_format(text: str) -> str:
    """A format that keeps day, month and year. Raises ``MappingError`` for one that loses any of them."""
    day = dt.date(1984, 3, 17)
    try:
        kept = dt.datetime.strptime(day.strftime(text), text).date()  # noqa: DTZ007 - a civil date has no time zone
    except ValueError as error:
        raise MappingError(f"date_format : {error}") from None
    if kept != day:
        raise MappingError(f"date_format : « {text} » perd le jour, le mois ou l'année")
    return text


@dataclass(frozen=True, slots=True)
class LoadedRow:
    """A row that passes: its ids follow from its source and reference, so that loading it twice changes nothing."""

    application_id: UUID
    member_id: UUID
    rank: int
    caisse: str
    kind: str
    deposited_on: dt.date | None
    outcome: str
    outcome_on: dt.date | None
    identity: Identity
    normalised: bytes
    fingerprint: str


def read_row(row: Mapping[str, str | None], mapping: Columns) -> LoadedRow:
    """The identity of one row. Raises ``RowRejected``."""
    given = {}
    for name, column, values, default in mapping.plan:
        text = (row.get(column) or "").strip() if column else ""
        given[name] = (values.get(text, text) if values else text) or default
    _empty_placeholders(given)
    _check_texts(given)
    _check_codes(given)
    reference = given["reference"]
    rank = int(given["rank"] or 0)
    identity = Identity(
        family_name=given["family_name"],
        given_names=given["given_names"],
        usage_name=given["usage_name"],
        sex=given["sex"],
        birth_date=_birth_date(given["birth_date"], mapping.date_format),
        birth_place=given["birth_place"],
        birth_country=given["birth_country"],
        nationality=given["nationality"],
        caisse=given["caisse"],
        address_postcode=given["address_postcode"],
    )
    normalised = normalise(identity)
    return LoadedRow(
        named_uuid("load", mapping.source, reference),
        named_uuid("load", mapping.source, reference, rank),
        rank,
        given["caisse"],
        given["kind"] or "first",
        _day(given["deposited_on"], mapping.date_format, "deposited_on"),
        given["outcome"] or "pending",
        _day(given["outcome_on"], mapping.date_format, "outcome_on"),
        identity,
        normalised,
        identity_fingerprint(normalised),
    )


def _empty_placeholders(given: dict[str, str]) -> None:
    """Leave out words that are no names: else two people NON RENSEIGNE of one date would be one person."""
    short = {name: given[name] if len(given[name]) <= NAME_LENGTH else "" for name in _NAMES}
    family, first = placeholders_of(short["family_name"], short["given_names"])
    found = zip(_NAMES, (family, first, is_placeholder(short["usage_name"])), strict=True)
    given.update((name, "") for name, placeholder in found if placeholder)


def _check_texts(given: Mapping[str, str]) -> None:
    if not given["reference"]:
        raise RowRejected("reference_missing")
    if not given["family_name"] and not given["given_names"]:
        raise RowRejected("name_missing")
    for name in _TEXTS:
        if len(given[name]) > NAME_LENGTH:
            raise RowRejected(f"{name}_too_long")
    for name, text in given.items():
        if not text.isprintable() and any(unicodedata.category(char)[0] == "C" for char in text):
            raise RowRejected(f"{name}_control_character")


def _check_codes(given: Mapping[str, str]) -> None:
    if given["kind"] and given["kind"] not in KINDS:
        raise RowRejected("kind_unknown")
    if not re.fullmatch(r"[0-9A-Za-z -]{0,10}", given["address_postcode"]):
        raise RowRejected("address_postcode_unreadable")
    if not re.fullmatch(r"[0-9]{2}[0-9AB]", given["caisse"]) or in_sandbox(given["caisse"]):
        raise RowRejected("caisse_unknown")
    if given["sex"] not in ("", "M", "F"):
        raise RowRejected("sex_unknown")
    for name in ("birth_country", "nationality"):
        if given[name] and not re.fullmatch(r"[A-Z]{2}", given[name]):
            raise RowRejected(f"{name}_unknown")
    if given["outcome"] and given["outcome"] not in OUTCOMES:
        raise RowRejected("outcome_unknown")
    if given["rank"] and not re.fullmatch(r"[0-9]{1,2}", given["rank"]):
        raise RowRejected("rank_unreadable")


def _day(text: str, date_format: str, name: str) -> dt.date | None:
    if not text:
        return None
    try:
        return _parsed(text, date_format)
    except ValueError:
        raise RowRejected(f"{name}_unreadable") from None


@lru_cache(maxsize=100_000)
def _parsed(text: str, date_format: str) -> dt.date:
    """Few days occur in millions of rows."""
    if date_format == "%Y-%m-%d" and len(text) == 10:
        return dt.date.fromisoformat(text)
    return dt.datetime.strptime(text, date_format).date()  # noqa: DTZ007 - a civil date has no time zone


_MONTH: Final = "(?:0[0-9]|1[0-2])"


def _birth_date(text: str, date_format: str) -> str:
    """ISO, partial where the day or the month is 00 or left out: unknown parts are legal in a birth date."""
    if not text:
        return ""
    if re.fullmatch(r"[0-9]{4}", text):
        return f"{text}-00-00"
    if re.fullmatch(rf"[0-9]{{4}}-{_MONTH}-00", text):
        return text
    if partial := re.fullmatch(rf"00/({_MONTH})/([0-9]{{4}})", text):
        return f"{partial[2]}-{partial[1]}-00"
    day = _day(text, date_format, "birth_date")
    assert day is not None
    return day.isoformat()


@dataclass(frozen=True)
class Block:
    """What became of a block of rows: a verdict for each, and a line of COPY text with the member's id for each that
    passes."""

    verdicts: list[str]
    lines: list[str]
    members: list[bytes]


def read_block(header: Sequence[str], rows: Sequence[Sequence[str]], mapping: Columns) -> Block:
    """Read rows in the order of ``header``. A verdict is "" for a row that passes, else the code of its rejection."""
    block = Block([], [], [])
    for row in rows:
        try:
            if len(row) != len(header):  # columns that shifted would make somebody else of a person
                raise RowRejected("columns_too_few" if len(row) < len(header) else "columns_too_many")
            loaded = read_row(dict(zip(header, row, strict=True)), mapping)
        except RowRejected as rejected:
            block.verdicts.append(rejected.code)
            continue
        block.verdicts.append("")
        block.lines.append(copy_line(loaded))
        block.members.append(loaded.member_id.bytes)
    return block


def copy_line(row: LoadedRow) -> str:
    """A line of COPY text: a null is \\N, a backslash is doubled; control characters were refused before."""
    who = row.identity
    texts = (
        who.family_name,
        who.given_names,
        who.usage_name,
        who.sex,
        who.birth_date,
        who.birth_place,
        who.birth_country,
        who.nationality,
        who.address_postcode,
    )
    values = (
        str(row.member_id),
        str(row.application_id),
        str(row.rank),
        row.caisse,
        _escaped(row.kind),
        row.deposited_on.isoformat() if row.deposited_on else "\\N",
        row.outcome,
        row.outcome_on.isoformat() if row.outcome_on else "\\N",
        *map(_escaped, texts),
        "\\\\x" + row.normalised.hex(),
        row.fingerprint,
    )
    return "\t".join(values) + "\n"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\t", " ").replace("\n", " ").replace("\r", " ")
