"""From the rows of one application to its file, or to the row errors that refuse it. PURE.

The format is described in ``columns``. A wrong row refuses the application it belongs to and no other.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from services.intake.domain.application import ActionContext, Application, submit
from services.intake.domain.contradictions import ReferenceLookup
from services.intake.domain.csv_import.cells import cents_of, iso_date
from services.intake.domain.csv_import.columns import COLUMNS, NO, VALUES, YES, folded
from services.intake.domain.csv_import.lines import Group, Row, RowRejected
from services.intake.domain.csv_import.references import REFERENCE
from services.intake.domain.input_errors import InvalidApplication
from shared.contract.events import ApplicationEvent
from shared.contract.facts import PaperKind, PaperUse
from shared.contract.paper_uses import usual_use
from shared.contract.sandbox import in_sandbox
from shared.ids import named_uuid

FILE_COLUMNS = tuple(column.name for column in COLUMNS if column.level == "file")
CAISSE = re.compile(r"[0-9]{2}[0-9AB]")
ISO_DATE = r"\d{4}-\d{2}-\d{2}"

Earlier = tuple[str, str]  # a caisse and the reference of an application there


def application_id_of(import_id: UUID, reference: str) -> UUID:
    """The id of an imported application: the same however often the job restarts."""
    return named_uuid("import", import_id, reference)


def cited(group: Group, caisse: str) -> list[Earlier]:
    """The earlier applications that the rows name by reference and that are to be looked for: at their own caisse only.

    A reference of another caisse is kept as it is told: whether it exists there is nobody's business here.
    """
    first = group.rows[0].cells
    own = first.get("caisse") or caisse
    if (first.get("earlier_caisse") or own) != own or CAISSE.fullmatch(own) is None:
        return []
    names = (row.cells.get("earlier_application", "") for row in group.rows)
    return [(own, name) for name in names if REFERENCE.fullmatch(name) and not _is_uuid(name)]


def _is_uuid(text: str) -> bool:
    return re.fullmatch(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", text) is not None


@dataclass
class _Reader:
    """Turns the cells of one group into a document, remembering which cell each pointer comes from."""

    origin: dict[str, tuple[int, str]] = field(default_factory=dict)
    errors: list[RowRejected] = field(default_factory=list)

    def fail(self, row: Row, column: str, code: str, message: str) -> None:
        self.errors.append(RowRejected(row.number, column, code, message))

    def text(self, row: Row, column: str, pointer: str) -> str | None:
        self.origin[pointer] = (row.number, column)
        return row.cells.get(column)

    def code(self, row: Row, column: str, pointer: str) -> str | None:
        cell = self.text(row, column, pointer)
        return cell and VALUES[column].get(folded(cell), folded(cell) or cell)

    def date(self, row: Row, column: str, pointer: str) -> str | None:
        cell = self.text(row, column, pointer)
        if cell and re.fullmatch(r"[0-9]{1,2}[/.][0-9]{1,2}[/.][0-9]{4}", cell) and iso_date(cell) == cell:
            self.fail(row, column, "impossible_date", f"Le {cell} n'existe pas : le jour, puis le mois, puis l'année.")
        return cell and iso_date(cell)

    def flag(self, row: Row, column: str, pointer: str) -> bool | None:
        cell = self.text(row, column, pointer)
        if cell is None:
            return None
        if folded(cell) not in YES | NO:
            self.fail(row, column, "yes_or_no", "Réponse illisible : oui ou non.")
        return folded(cell) in YES

    def cents(self, row: Row, column: str, pointer: str) -> int | None:
        cell = self.text(row, column, pointer)
        return None if cell is None else self.amount(row, column, cell)

    def amount(self, row: Row, column: str, cell: str) -> int | None:
        found = cents_of(cell)
        if found is None:
            message = (
                "Montant illisible : une virgule et deux décimales au plus, un blanc seulement entre les milliers."
            )
            self.fail(row, column, "amount_format", message)
        return found

    def integer(self, row: Row, column: str, pointer: str) -> int | None:
        cell = self.text(row, column, pointer)
        if cell is not None and not re.fullmatch(r"[0-9]{1,4}", cell):
            self.fail(row, column, "out_of_range", "Nombre entier attendu.")
            return None
        return None if cell is None else int(cell)


def _given(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _member(read: _Reader, row: Row, at: int, resolved: Mapping[Earlier, UUID] | None, where: str) -> dict[str, Any]:
    path = f"/members/{at}"
    stay = {
        "entered_on": read.date(row, "entered_on", f"{path}/stay/entered_on"),
        "title": read.code(row, "stay_title", f"{path}/stay/title"),
        "title_from": read.date(row, "title_from", f"{path}/stay/title_from"),
        "title_until": read.date(row, "title_until", f"{path}/stay/title_until"),
        "irregular_since": read.date(row, "irregular_since", f"{path}/stay/irregular_since"),
        "left_france": read.flag(row, "left_france", f"{path}/stay/left_france"),
        "insured_before": read.flag(row, "insured_before", f"{path}/stay/insured_before"),
        "removal_on": read.date(row, "removal_on", f"{path}/stay/removal_on"),
        "right_of_residence": read.flag(row, "right_of_residence", f"{path}/stay/right_of_residence"),
        "absent_days": read.integer(row, "absent_days", f"{path}/stay/absent_days"),
        "absences": _absences(read, row, f"{path}/stay/absences"),
    }
    number = read.text(row, "social_number", f"{path}/social_number")
    read.origin[path] = (row.number, "family_name")
    read.origin[f"{path}/rank"] = (row.number, "relation")
    return _given(
        {
            "relation": read.code(row, "relation", f"{path}/relation"),
            "sex": read.code(row, "sex", f"{path}/sex"),
            "birth_date": read.date(row, "birth_date", f"{path}/birth_date"),
            "social_number": number and re.sub(r"\s", "", number).upper(),
            "in_education": read.flag(row, "in_education", f"{path}/in_education"),
            "in_regular_stay": read.flag(row, "in_regular_stay", f"{path}/in_regular_stay"),
            "living_together_since": read.date(row, "living_together_since", f"{path}/living_together_since"),
            "in_charge": read.flag(row, "in_charge", f"{path}/in_charge"),
            "infirm": read.flag(row, "infirm", f"{path}/infirm"),
            "shared_custody": read.flag(row, "shared_custody", f"{path}/shared_custody"),
            "stay": _given(stay),
            "earlier_application_id": _earlier_id(read, row, f"{path}/earlier_application_id", resolved, where),
            **{name: read.text(row, name, f"{path}/{name}") for name in _MEMBER_TEXTS},
            # A person with one name only may have it in either column.
            "family_name": row.cells.get("family_name", ""),
        }
    )


_MEMBER_TEXTS = (
    "family_name",
    "given_names",
    "usage_name",
    "birth_place",
    "birth_country",
    "nationality",
    "father_name",
    "mother_name",
)


def _absences(read: _Reader, row: Row, pointer: str) -> list[dict[str, Any]] | None:
    """``left/returned`` items of one row; an open one ends with its slash."""
    absences: list[dict[str, Any]] = []
    for item in re.split(r"[;|]", row.cells.get("absences", "")):
        if not item.strip():
            continue
        read.origin[f"{pointer}/{len(absences)}"] = (row.number, "absences")
        found = re.fullmatch(rf"({ISO_DATE})/({ISO_DATE})?", item.strip())
        if found is None:
            read.fail(row, "absences", "compact_format", "Absence attendue sous la forme 2007-07-01/2007-08-15.")
            continue
        absences.append(_given({"left_on": found[1], "returned_on": found[2]}))
    return absences or None


def _earlier_id(
    read: _Reader, row: Row, pointer: str, resolved: Mapping[Earlier, UUID] | None, where: str
) -> str | None:
    """The id of the earlier application of a row; None where it is of another caisse (``resolved`` None)."""
    name = read.text(row, "earlier_application", pointer)
    if name is None or _is_uuid(name):
        return name
    if resolved is None:
        if not REFERENCE.fullmatch(name):
            read.fail(
                row, "earlier_application", "wrong_format", "Référence : 64 lettres, chiffres ou _ . : - au plus."
            )
        return None
    found = resolved.get((where, name))
    if found is None:
        message = f"Demande antérieure inconnue à la caisse {where[:8]}."
        read.fail(row, "earlier_application", "reference_unknown", message)
    return str(found) if found else None


def _papers(read: _Reader, row: Row, rank: int, first: int) -> list[dict[str, Any]]:
    """``kind:use:dated:number!flag`` items of one row; ``first`` is the place of the first of them in the file."""
    papers: list[dict[str, Any]] = []
    for item in re.split(r"[;|]", row.cells.get("papers", "")):
        if not item.strip():
            continue
        main, *flags = (part.strip() for part in item.split("!"))
        kind, use, dated, number = (*(part.strip() for part in main.split(":", 3)), "", "", "")[:4]
        posted = next((flag.removeprefix("posted=") for flag in flags if flag.startswith("posted=")), "")
        if not {flag for flag in flags if not flag.startswith("posted=")} <= {"photo", "illegible"}:
            read.fail(row, "papers", "compact_format", "Marque inconnue : !photo, !illegible ou !posted=2007-09-03.")
        read.origin[f"/papers/{first + len(papers)}"] = (row.number, "papers")
        kind = folded(kind)
        paper = {"kind": kind, "use": use or _usual_use(kind), "member_rank": rank, "number": number or None}
        marks = {"has_photo": "photo" in flags, "legible": "illegible" not in flags}
        dates = {"dated": iso_date(dated) if dated else None, "posted_on": iso_date(posted) if posted else None}
        papers.append(_given({**paper, **marks, **dates}))
    return papers


def _usual_use(kind: str) -> str:
    # An unknown kind is told as such when the application is read.
    return usual_use(PaperKind(kind)) if kind in set(PaperKind) else PaperUse.OTHER


def _care(read: _Reader, row: Row, rank: int, first: int) -> list[dict[str, Any]]:
    care: list[dict[str, Any]] = []
    for item in re.split(r"[;|]", row.cells.get("care", "")):
        if not item.strip():
            continue
        stay = re.fullmatch(rf"({ISO_DATE})/({ISO_DATE})", item.strip())
        given, ended = stay.groups() if stay else (iso_date(item.strip()), None)
        read.origin[f"/earlier_care/{first + len(care)}"] = (row.number, "care")
        care.append(_given({"member_rank": rank, "given_on": given, "stay_ended_on": ended}))
    return care


def _incomes(read: _Reader, row: Row) -> list[dict[str, Any]]:
    incomes: list[dict[str, Any]] = []
    read.origin["/means/incomes"] = (row.number, "incomes")
    for item in re.split(r"[;|]", row.cells.get("incomes", "")):
        if not item.strip():
            continue
        source, month, amount = (*(part.strip() for part in item.split(":", 2)), "", "")[:3]
        cents = read.amount(row, "incomes", amount)
        incomes.append(_given({"source": source, "month": month, "amount_cents": cents or 0}))
    return incomes


def _file_facts(read: _Reader, row: Row) -> dict[str, Any]:
    """The facts of the application as a whole, from its first row."""
    deposited_on = read.date(row, "deposited_on", "/deposit/deposited_on")
    deposit = {
        "channel": read.code(row, "channel", "/deposit/channel"),
        "body": read.text(row, "deposit_body", "/deposit/body"),
        "deposited_on": deposited_on,
        "received_on": read.date(row, "received_on", "/deposit/received_on") or deposited_on,
        "first_body_on": read.date(row, "first_body_on", "/deposit/first_body_on"),
        "first_body_by": read.code(row, "first_body_by", "/deposit/first_body_by"),
        "first_body_channel": read.code(row, "first_body_channel", "/deposit/first_body_channel"),
        "filed_by": read.code(row, "filed_by", "/deposit/filed_by"),
        "representation": read.code(row, "representation", "/deposit/representation"),
        "reduced_mobility": read.flag(row, "reduced_mobility", "/deposit/reduced_mobility"),
        "treated_there": read.flag(row, "treated_there", "/deposit/treated_there"),
        "agreed": read.flag(row, "body_agreed", "/deposit/agreed"),
    }
    address = {
        "line": read.text(row, "address_line", "/address/line"),
        "postcode": read.text(row, "postcode", "/address/postcode"),
        "city": read.text(row, "city", "/address/city"),
        "lodging": read.code(row, "lodging", "/address/lodging"),
        "domiciled": read.flag(row, "domiciled", "/address/domiciled"),
        "body": read.text(row, "lodging_body", "/address/body"),
        "host_name": read.text(row, "host_name", "/address/host_name"),
        "telephone": read.text(row, "telephone", "/address/telephone"),
        "protected_location": read.flag(row, "protected_location", "/address/protected_location"),
    }
    means = {
        "incomes": _incomes(read, row),
        "estimate_cents": read.cents(row, "means_estimate_eur", "/means/estimate_cents"),
        "free_lodging_months": read.integer(row, "free_lodging_months", "/means/free_lodging_months"),
        "situation_changed": read.flag(row, "situation_changed", "/means/situation_changed"),
        "recent_reason": read.text(row, "recent_reason", "/means/recent_reason"),
    }
    right = _given(
        {
            "caisse": read.text(row, "earlier_caisse", "/earlier_rights/0/caisse"),
            "granted": read.flag(row, "earlier_granted", "/earlier_rights/0/granted"),
            "deposited_on": read.date(row, "earlier_deposited_on", "/earlier_rights/0/deposited_on"),
            "granted_on": read.date(row, "earlier_granted_on", "/earlier_rights/0/granted_on"),
            "starts_on": read.date(row, "earlier_starts_on", "/earlier_rights/0/starts_on"),
            "ends_on": read.date(row, "earlier_ends_on", "/earlier_rights/0/ends_on"),
        }
    )
    facts = {
        "route": read.code(row, "route", "/route"),
        "kind": read.code(row, "kind", "/kind"),
        "language": read.text(row, "language", "/language"),
        "deposit": _given(deposit),
        "address": _given(address),
        "means": _given(means),
        "earlier_rights": [right] if right else [],
    }
    return _given(facts)


def _structure(read: _Reader, group: Group) -> None:
    """What is wrong with the rows themselves, before their meaning."""
    first = group.rows[0]
    for row in group.rows:
        read.errors.extend(row.errors)
        for column in FILE_COLUMNS:
            if row.cells.get(column, first.cells.get(column)) != first.cells.get(column):
                read.fail(row, column, "facts_differ", "Valeur différente de celle de la première ligne de la demande.")
    read.errors.extend(group.faults)
    if not group.reference and not first.errors:
        read.fail(first, "reference", "reference_missing", "Référence absente.")
    elif group.reference and not REFERENCE.fullmatch(group.reference):
        read.fail(first, "reference", "wrong_format", "Référence : 64 lettres, chiffres ou _ . : - au plus.")


def record(
    group: Group,
    *,
    import_id: UUID,
    caisse: str,
    scope: frozenset[str] | None,
    known: ReferenceLookup,
    by: ActionContext,
    resolved: Mapping[Earlier, UUID],
) -> tuple[Application, list[ApplicationEvent]] | list[RowRejected]:
    """Record the application of a group, or say why not.

    ``caisse`` is used where the rows name none; ``scope`` are the caisses the sender may file for (None: all);
    ``resolved`` gives the ids of the earlier applications that ``cited`` named.
    """
    read, first = _Reader(), group.rows[0]
    _structure(read, group)
    if group.faults or any(row.errors for row in group.rows):
        return _in_order(group, read.errors)  # what else such rows say cannot be relied on
    where = first.cells.get("earlier_caisse") or first.cells.get("caisse") or caisse
    document = _file_facts(read, first)
    here = resolved if where == (first.cells.get("caisse") or caisse) else None
    document["members"] = [_member(read, row, at, here, where) for at, row in enumerate(group.rows)]
    earlier = document["members"][0].get("earlier_application_id")
    written = first.cells.get("earlier_application")
    if earlier or written:
        right = document["earlier_rights"][0] if document["earlier_rights"] else {"caisse": where}
        named = {"application_id": earlier} if earlier else {"reference": written}
        document["earlier_rights"] = [{**right, **named}]
        read.origin["/earlier_rights/0/reference"] = (first.number, "earlier_application")
    document["papers"], document["earlier_care"] = [], []
    for at, row in enumerate(group.rows):
        document["papers"] += _papers(read, row, at, len(document["papers"]))
        document["earlier_care"] += _care(read, row, at, len(document["earlier_care"]))
    own = first.cells.get("caisse") or caisse
    read.origin["/caisse"] = (first.number, "caisse")
    if own not in scope if scope is not None else in_sandbox(own):
        read.fail(first, "caisse", "caisse_out_of_scope", "Caisse hors de votre périmètre.")
    try:
        recorded = submit(
            document,
            application_id=application_id_of(import_id, group.reference),
            caisse=own,
            reference=group.reference,
            known=known,
            by=by,
        )
    except InvalidApplication as invalid:
        unread = {(error.row, error.column) for error in read.errors}
        found = [RowRejected(*_cell(read, one.pointer, first), one.code, one.detail) for one in invalid.errors]
        read.errors += [error for error in found if (error.row, error.column) not in unread]
    return sorted(set(read.errors)) if read.errors else recorded


def _in_order(group: Group, errors: Iterable[RowRejected]) -> list[RowRejected]:
    """The errors in order; the first row of a household names the rows that refuse it, when it has none of its own."""
    found = sorted(set(errors))
    first, rows = group.rows[0].number, sorted({error.row for error in found})
    if len(group.rows) > 1 and first not in rows:
        named = ("ligne " if len(rows) == 1 else "lignes ") + ", ".join(str(row) for row in rows)
        message = f"Aucun membre de cette demande n'est enregistré : à corriger, {named}."
        found.insert(0, RowRejected(first, "reference", "household_incomplete", message))
    return found


def _cell(read: _Reader, pointer: str, first: Row) -> tuple[int, str]:
    """The row and column a pointer comes from: its own, or that of the nearest thing that contains it."""
    while pointer:
        if pointer in read.origin:
            return read.origin[pointer]
        pointer = pointer.rpartition("/")[0]
    return first.number, ""
