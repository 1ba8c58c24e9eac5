"""The register of secured paper: counts that a second person confirms, and every sheet on its way to one fate.

Each change locks its sheets in the order of their serials, so that two desks at once wait for each other and none of
them counts a sheet twice. The ledger is only added to; a sheet's row says where the last line of it left the sheet.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa

from services.letters.domain.paper import ENDS, FROM, Act, Fate, SerialRange, Spoilage, ranges, sheets_needed
from services.letters.domain.paper_rules import PaperRules
from services.letters.tables import letters, paper_confirmations, paper_counts, paper_ledger, paper_sheets
from shared.access.principal import Principal
from shared.contract.events import Actor, PaperRegistered, PaperSpoiled
from shared.database.unit_of_work import UnitOfWork, emit
from shared.ids import named_uuid, uuid7
from shared.observability import logs

SAFE: Final = "safe"
"""Where a delivery enters: the locked storage of the caisse."""
TOLD: Final = 5


class PaperConflict(Exception):
    """An act that the register cannot take. ``person``: who did what stands against it; ``serials``: the first few."""

    def __init__(self, code: str, *, person: str = "", serials: Sequence[str] = ()) -> None:
        super().__init__(code)
        self.code, self.person, self.serials = code, person, list(serials)[:TOLD]


@dataclass(frozen=True)
class Register:
    """The register of one caisse, and who writes in it."""

    principal: Principal
    caisse: str

    @property
    def actor(self) -> Actor:
        """Who writes."""
        return self.principal.actor


@dataclass(frozen=True)
class NewCount:
    """What one person counted: of a delivery, a movement or an inventory."""

    subject: str
    on: dt.date
    sheets: Sequence[SerialRange]
    supplier: str = ""
    from_place: str = ""
    to_place: str = ""
    reason: str = ""


@dataclass(frozen=True)
class Confirmed:
    """What a second person's count gave: whether both agree, and what an inventory found otherwise than written."""

    agrees: bool
    differences: Mapping[str, list[str]] = field(default_factory=dict)


async def count(unit: UnitOfWork, register: Register, new: NewCount) -> UUID:
    """Record what the first person counted; nothing moves before a second one confirms. Raises PaperConflict."""
    await unit.execute(_ONE_AT_A_TIME, {"caisse": register.caisse})
    if new.subject == "delivery":
        await _check_is_new(unit, register, new.sheets)
    if new.subject == "movement":
        held = await _sheets_in_scope(unit, register, _serials(new.sheets))
        _check(held, _serials(new.sheets), FROM[Act.MOVED], new.from_place)
    count_id = uuid7()
    row = {
        "count_id": count_id,
        "caisse": register.caisse,
        "subject": new.subject,
        "supplier": new.supplier,
        "happened_on": new.on,
        "ranges": [one.ends for one in new.sheets],
        "from_place": new.from_place,
        "to_place": new.to_place,
        "reason": new.reason,
        "actor_id": register.actor.id,
    }
    await unit.insert_many(paper_counts, [row])
    return count_id


async def confirm(unit: UnitOfWork, register: Register, counted: sa.Row[Any], total: int) -> Confirmed:
    """A second person counted ``total`` sheets. Where both agree the count takes effect; else nothing moves, and the
    first count stays written as one that was not confirmed. Raises PaperConflict."""
    if counted.actor_id == register.actor.id:
        raise PaperConflict("second_person_needed", person=counted.actor_id)
    await unit.execute(_ONE_AT_A_TIME, {"caisse": register.caisse})
    earlier = await unit.one_or_none(
        sa.select(paper_confirmations).where(paper_confirmations.c.count_id == counted.count_id)
    )
    if earlier is not None:
        raise PaperConflict("already_confirmed", person=earlier.actor_id)
    sheets = [SerialRange.parse(first, last) for first, last in counted.ranges]
    agrees, differences = total == sum(map(len, sheets)), dict[str, list[str]]()
    if agrees:
        differences = await _take_effect(unit, register, counted, sheets)
    row = {
        "count_id": counted.count_id,
        "agrees": agrees,
        "counted": total,
        "differences": differences,
        "actor_id": register.actor.id,
    }
    await unit.insert_many(paper_confirmations, [row])
    return Confirmed(agrees, differences)


async def _take_effect(
    unit: UnitOfWork, register: Register, counted: sa.Row[Any], sheets: Sequence[SerialRange]
) -> dict[str, list[str]]:
    act = _Line(register, counted.happened_on, second=register.actor.id, by=counted.actor_id, count_id=counted.count_id)
    serials = _serials(sheets)
    if counted.subject == "delivery":
        await _check_is_new(unit, register, sheets, apart=counted.count_id)
        rows = [
            {
                "caisse": register.caisse,
                "serial": serial,
                "delivery_id": counted.count_id,
                "fate": Fate.STOCK.value,
                "place": SAFE,
                "changed_on": counted.happened_on,
            }
            for serial in serials
        ]
        await unit.insert_many(paper_sheets, rows)
        await _write(unit, act, Act.DELIVERED, serials)
        emit(unit, _registered(act, Act.DELIVERED, {Fate.STOCK: len(serials)}))
        return {}
    if counted.subject == "movement":
        held = await _sheets_in_scope(unit, register, serials)
        _check(held, serials, FROM[Act.MOVED], counted.from_place)
        await _change(unit, act, Act.MOVED, serials, place=counted.to_place)
        return {}
    return await _inventory(unit, act, counted, frozenset(serials))


async def _inventory(unit: UnitOfWork, act: _Line, counted: sa.Row[Any], seen: frozenset[str]) -> dict[str, list[str]]:
    """Compare what was seen with what was written when it was counted: what changed since is left as it is."""
    register = act.register
    query = sa.select(paper_sheets).where(
        register.principal.scope(paper_sheets.c.caisse), paper_sheets.c.caisse == register.caisse
    )
    known = await unit.rows(query.order_by(paper_sheets.c.serial).with_for_update())
    still = [row for row in known if row.changed_at <= counted.counted_at]
    missed = [row.serial for row in still if row.fate == Fate.STOCK and row.serial not in seen]
    found = [row.serial for row in still if row.fate == Fate.UNACCOUNTED and row.serial in seen]
    ended = [row.serial for row in still if row.fate in (Fate.USED, Fate.SPOILED) and row.serial in seen]
    unknown = sorted(seen - {row.serial for row in known})
    await _change(unit, act, Act.MISSED, missed)
    await _change(unit, act, Act.FOUND, found, place=SAFE)
    told = {"missed": missed, "found": found, "already_ended": ended, "unknown": unknown}
    return {name: _told(serials) for name, serials in told.items() if serials}


async def use(unit: UnitOfWork, register: Register, letter: sa.Row[Any], serials: Sequence[str], on: dt.date) -> None:
    """Say on which sheets a letter was printed. Others that it had before are spoiled: it was printed again.

    Told again, it changes nothing. Raises PaperConflict.
    """
    before = await _of_letter(unit, letter.letter_id)
    if {row.serial for row in before} == set(serials):
        return
    if letter.state != "issued":
        raise PaperConflict("letter_left")
    held = await _sheets_in_scope(unit, register, [*serials, *(row.serial for row in before)])
    again = [serial for serial in serials if held.get(serial) and held[serial].letter_id == letter.letter_id]
    again = [serial for serial in again if held[serial].fate == Fate.USED]
    fresh = [serial for serial in serials if serial not in again]
    _check(held, fresh, FROM[Act.USED])
    act = _Line(register, on, letter_id=letter.letter_id)
    await _change(unit, act, Act.USED, fresh)
    await _spoil(unit, act, [row for row in before if row.serial not in serials], Spoilage.REPRINT)


async def spoil(unit: UnitOfWork, register: Register, serials: Sequence[str], cause: Spoilage, on: dt.date) -> None:
    """Sheets that carry nothing that counts; of a letter that has not left, too. Raises PaperConflict."""
    held = await _sheets_in_scope(unit, register, serials)
    _check(held, serials, FROM[Act.SPOILED])
    rows = [held[serial] for serial in serials]
    left = await unit.rows(
        sa.select(letters.c.letter_id).where(
            letters.c.letter_id.in_([row.letter_id for row in rows if row.letter_id]), letters.c.state == "posted"
        )
    )
    if gone := [row.serial for row in rows if row.letter_id in {one.letter_id for one in left}]:
        raise PaperConflict("letter_left", serials=gone)
    await _spoil(unit, _Line(register, on), rows, cause)


async def declare_lost(unit: UnitOfWork, register: Register, serials: Sequence[str], on: dt.date) -> None:
    """Sheets that an inventory missed are told to everybody as lost. Raises PaperConflict."""
    held = await _sheets_in_scope(unit, register, serials)
    _check(held, serials, FROM[Act.LOST])
    await _change(unit, _Line(register, on), Act.LOST, serials, cause="lost")


async def on_secured_paper(unit: UnitOfWork, ids: Sequence[UUID], rules: PaperRules) -> set[UUID]:
    """Of these letters, those that secured paper carries. A caisse has some from its first confirmed delivery on."""
    return {row.letter_id for row in await unit.rows(_SECURED, _told_rules(ids, rules))}


async def without_sheets(unit: UnitOfWork, ids: Sequence[UUID], rules: PaperRules) -> set[UUID]:
    """Of these letters, those that secured paper carries and whose sheets nobody has told yet."""
    told = _told_rules(ids, rules) | {"per_sheet": rules.pages_per_sheet}
    return {row.letter_id for row in await unit.rows(_WITHOUT_SHEETS, told)}


def _told_rules(ids: Sequence[UUID], rules: PaperRules) -> dict[str, Any]:
    return {"ids": list(ids), "kinds": list(rules.kinds), "since": rules.since}


def needed(letter: sa.Row[Any], rules: PaperRules) -> int:
    """Sheets that a drawn letter takes."""
    return sheets_needed(letter.pages or 1, rules.pages_per_sheet)


@dataclass(frozen=True)
class _Line:
    """What the lines of one act share."""

    register: Register
    on: dt.date
    by: str = ""
    second: str = ""
    letter_id: UUID | None = None
    count_id: UUID | None = None


async def _spoil(unit: UnitOfWork, act: _Line, rows: Sequence[Any], cause: Spoilage) -> None:
    by_letter: dict[UUID | None, list[str]] = {}
    for row in rows:
        by_letter.setdefault(row.letter_id, []).append(row.serial)
    for letter_id, serials in by_letter.items():
        line = _Line(act.register, act.on, letter_id=letter_id)
        await _change(unit, line, Act.SPOILED, serials, cause=cause.value)
        if letter_id is not None:
            letter = await unit.one_or_none(sa.select(letters).where(letters.c.letter_id == letter_id))
            assert letter is not None
            emit(unit, _spoiled(letter, act, serials, cause))


def _spoiled(letter: sa.Row[Any], act: _Line, serials: Sequence[str], cause: Spoilage) -> PaperSpoiled:
    return PaperSpoiled.new(
        application_id=letter.application_id,
        caisse=letter.caisse,
        actor=act.register.actor,
        correlation_id=letter.correlation_id,
        id=named_uuid("paper.spoiled", letter.letter_id, *sorted(serials)),
        business_date=act.on,
        letter_id=letter.letter_id,
        kind=letter.kind,
        serials=sorted(serials),
        cause=cause.value,
        spoiled_on=act.on,
    )


async def _change(
    unit: UnitOfWork, line: _Line, act: Act, serials: Sequence[str], *, place: str | None = None, cause: str = ""
) -> None:
    """Bring locked sheets to the fate of an act, write it into the ledger, and tell how many changed theirs."""
    if not serials:
        return
    values: dict[str, Any] = {"fate": ENDS[act].value, "cause": cause, "changed_on": line.on, "changed_at": _NOW}
    values |= {"place": place} if place is not None else {}
    values |= {"letter_id": line.letter_id} if act is Act.USED else {}
    c = paper_sheets.c
    chosen = sa.and_(line.register.principal.scope(c.caisse), c.caisse == line.register.caisse, c.serial.in_(serials))
    before = await unit.rows(sa.select(c.fate, sa.func.count().label("sheets")).where(chosen).group_by(c.fate))
    await unit.execute(sa.update(paper_sheets).where(chosen).values(**values))
    await _write(unit, line, act, serials, cause)
    left = {Fate(row.fate): -row.sheets for row in before}
    fates = {**left, ENDS[act]: left.get(ENDS[act], 0) - sum(left.values())}
    if any(fates.values()):
        emit(unit, _registered(line, act, {fate: sheets for fate, sheets in fates.items() if sheets}))


def _registered(line: _Line, act: Act, fates: Mapping[Fate, int]) -> PaperRegistered:
    return PaperRegistered.new(
        application_id=named_uuid("register of secured paper", line.register.caisse),
        caisse=line.register.caisse,
        actor=line.register.actor,
        correlation_id=logs.correlation.get(),
        act=act.value,
        fates={fate.value: sheets for fate, sheets in fates.items()},
        happened_on=line.on,
    )


async def _write(unit: UnitOfWork, line: _Line, act: Act, serials: Sequence[str], cause: str = "") -> None:
    rows = [
        {
            "caisse": line.register.caisse,
            "act": act.value,
            "first_serial": sheets.ends[0],
            "last_serial": sheets.ends[1],
            "sheets": len(sheets),
            "happened_on": line.on,
            "letter_id": line.letter_id,
            "count_id": line.count_id,
            "cause": cause,
            "actor_id": line.by or line.register.actor.id,
            "second_id": line.second,
        }
        for sheets in ranges(serials)
    ]
    await unit.insert_many(paper_ledger, rows)


async def _sheets_in_scope(unit: UnitOfWork, register: Register, serials: Sequence[str]) -> dict[str, Any]:
    """The sheets of these serials that the caisse has, locked in their order."""
    c = paper_sheets.c
    query = sa.select(paper_sheets).where(
        register.principal.scope(c.caisse), c.caisse == register.caisse, c.serial.in_(serials)
    )
    return {row.serial: row for row in await unit.rows(query.order_by(c.serial).with_for_update())}


def _check(held: Mapping[str, Any], serials: Sequence[str], allowed: frozenset[Fate], place: str = "") -> None:
    """Raises PaperConflict where a sheet is unknown, has another fate, or lies elsewhere."""
    if len(set(serials)) != len(serials):
        raise PaperConflict("sheet_twice")
    if unknown := [serial for serial in serials if serial not in held]:
        raise PaperConflict("sheet_unknown", serials=unknown)
    for serial in serials:
        if (fate := Fate(held[serial].fate)) not in allowed:
            raise PaperConflict(f"sheet_{fate}", serials=[serial])
    if place and (elsewhere := [serial for serial in serials if held[serial].place != place]):
        raise PaperConflict("sheet_elsewhere", serials=elsewhere)


async def _check_is_new(
    unit: UnitOfWork, register: Register, sheets: Sequence[SerialRange], apart: UUID | None = None
) -> None:
    """Raises PaperConflict where one of these sheets was delivered before, or is in a count that waits."""
    serials = _serials(sheets)
    if len(set(serials)) != len(serials):
        raise PaperConflict("sheet_twice")
    told = {"caisse": register.caisse, "serials": serials}
    register.principal.check_scope(register.caisse)
    if known := await unit.one_or_none(_COUNTED_BEFORE, told):
        raise PaperConflict("sheet_counted", person=known.actor_id, serials=[known.serial])
    mine = set(serials)
    for row in await unit.rows(_WAITING, {"caisse": register.caisse, "apart": apart}):
        theirs = set(_serials([SerialRange.parse(first, last) for first, last in row.ranges]))
        if both := sorted(mine & theirs):
            raise PaperConflict("sheet_counted", person=row.actor_id, serials=both)


async def _of_letter(unit: UnitOfWork, letter_id: UUID) -> Sequence[sa.Row[Any]]:
    return await unit.rows(_OF_LETTER, {"id": letter_id})


def _serials(sheets: Iterable[SerialRange]) -> list[str]:
    return [serial for one in sheets for serial in one.serials()]


def _told(serials: Sequence[str]) -> list[str]:
    """Ranges as a person reads them."""
    return [first if first == last else f"{first}-{last}" for first, last in (one.ends for one in ranges(serials))]


_NOW = sa.func.clock_timestamp()
_ONE_AT_A_TIME = sa.text("SELECT pg_advisory_xact_lock(hashtextextended('paper ' || :caisse, 0))")
_OF_LETTER = sa.text("SELECT * FROM paper_sheets WHERE letter_id = :id AND fate = 'used' ORDER BY serial")
_COUNTED_BEFORE = sa.text(
    "SELECT serial, actor_id FROM paper_sheets JOIN paper_counts ON count_id = delivery_id "
    "WHERE paper_sheets.caisse = :caisse AND serial = ANY(CAST(:serials AS text[])) ORDER BY serial LIMIT 1"
)
_WAITING = sa.text(
    "SELECT ranges, actor_id FROM paper_counts "
    "WHERE caisse = :caisse AND subject = 'delivery' AND count_id IS DISTINCT FROM CAST(:apart AS uuid) "
    "AND NOT EXISTS (SELECT 1 FROM paper_confirmations done WHERE done.count_id = paper_counts.count_id)"
)
_ON_PAPER = (
    "SELECT letter_id FROM letters WHERE letter_id = ANY(CAST(:ids AS uuid[])) AND kind = ANY(CAST(:kinds AS text[])) "
    "AND issued_on >= :since AND EXISTS (SELECT 1 FROM paper_counts JOIN paper_confirmations USING (count_id) "
    "WHERE agrees AND subject = 'delivery' AND paper_counts.caisse = letters.caisse AND happened_on <= issued_on)"
)
_SECURED = sa.text(_ON_PAPER)
SHEETS_MISSING = "Ce courrier part sur papier sécurisé : dites d'abord les numéros de ses feuilles."
_WITHOUT_SHEETS = sa.text(
    f"{_ON_PAPER} "
    "AND (SELECT count(*) FROM paper_sheets WHERE paper_sheets.letter_id = letters.letter_id AND fate = 'used') "
    "< (coalesce(pages, 1) + :per_sheet - 1) / :per_sheet"
)
