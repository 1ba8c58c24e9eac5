"""What people read of the common base: the queue, one pair side by side, a person and what happened to it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.dedup.domain.matching import classical
from services.dedup.domain.matching.explanation import Explanation, explain
from services.dedup.domain.matching.normalisation import Identity
from services.dedup.domain.pairs import judgement, pair_changes
from services.dedup.domain.protected_place import is_hidden, without_place
from services.dedup.tables import WRITTEN, applications, assignments, identities, pairs
from services.dedup.tables import judgements as judgements_table
from shared.access.principal import Principal
from shared.database.unit_of_work import UnitOfWork
from shared.http.paging import Page, Paging, after, cut, encode_cursor, instant

SIDES = ("lower", "higher")
UNTIL_JUDGED = "Lisez les deux dossiers : le niveau et les points sont montrés une fois la paire jugée."

_files = {side: applications.alias(f"{side}_file") for side in SIDES}
_people = {side: identities.alias(f"{side}_identity") for side in SIDES}

_TEXTS = sa.text(
    "SELECT number, verdict, reason, reader, reader_caisse, given_on, coalesce(text, '') AS text, "
    "number > :judged_from AND lower_version = :lower_version AND higher_version = :higher_version "
    "AND taken_back.judgement_id IS NULL AS counts "
    "FROM judgements LEFT JOIN judgement_texts USING (judgement_id) LEFT JOIN taken_back USING (judgement_id) "
    "WHERE judgements.pair_id = :pair_id ORDER BY number"
)


def _side(side: str) -> list[sa.ColumnElement[Any]]:
    file, person = _files[side], _people[side]
    return [
        file.c.deposited_on.label(f"{side}_deposited_on"),
        file.c.kind.label(f"{side}_file_kind"),
        file.c.outcome.label(f"{side}_outcome"),
        file.c.outcome_on.label(f"{side}_outcome_on"),
        file.c.motives.label(f"{side}_motives"),
        file.c.protected.label(f"{side}_protected"),
        person.c.rank.label(f"{side}_rank"),
    ]


def _joined() -> sa.FromClause:
    joined: sa.FromClause = pairs
    for side in SIDES:
        file, person = _files[side], _people[side]
        joined = joined.outerjoin(file, file.c.application_id == pairs.c[f"{side}_application"])
        joined = joined.outerjoin(
            person, (person.c.member_id == pairs.c[f"{side}_member"]) & (person.c.state == "current")
        )
    return joined


def _states(state: str) -> Sequence[str]:
    """``open`` and ``judged`` name groups of states; any other word names itself."""
    groups = {"open": sorted(pair_changes.OPEN), "judged": ["same", "different", "unsure"]}
    return groups.get(state, [state])


async def queue(
    unit: UnitOfWork,
    principal: Principal,
    paging: Paging,
    *,
    state: str | None,
    caisse: str | None,
    level: str | None,
    kind: str | None,
    assignee: str | None,
    application: UUID | None = None,
    raised_before: dt.date | None = None,
    member: UUID | None = None,
    opened_at: dt.datetime | None = None,
    named: bool = False,
) -> Page[dict[str, Any]]:
    """Pairs that the token may see, oldest first, each with both sides in codes and dates.

    ``opened_at``: when the reader opened the list; what others did since is marked, and a pair that they judged stays
    in it. ``named``: with the family names of both sides, and the given names of those of the reader's caisse.
    """
    query = sa.select(pairs, *_side("lower"), *_side("higher"), _changed_since(principal, opened_at)).select_from(
        _joined()
    )
    query = query.add_columns(*(_people[side].c[name].label(f"{side}_{name}") for side in SIDES for name in _NAMES))
    query = query.where(principal.scope(pairs.c.lower_caisse, pairs.c.higher_caisse))
    if state is not None:
        there = pairs.c.state.in_(_states(state))
        query = query.where(there if opened_at is None else sa.or_(there, _judged_since(principal, opened_at)))
    if caisse is not None:
        query = query.where(sa.or_(*(_known_to_be_of(side, caisse, principal) for side in SIDES)))
    if level is not None:
        # A filter on what is hidden would show it: only judged pairs have a level.
        query = query.where(pairs.c.state.not_in(sorted(pair_changes.OPEN)))
        shown = pairs.c.level == level
        query = query.where(sa.or_(shown, pairs.c.kind == "blind_control") if level == "to_examine" else shown)
    if kind is not None:
        query = query.where(pairs.c.kind.in_(["signal", "blind_control"] if kind == "signal" else [kind]))
    if assignee is not None:
        query = query.where(pairs.c.assignee == assignee)
    query = query.where(*_about(application, member))
    if raised_before is not None:
        query = query.where(pairs.c.raised_on < raised_before)
    if last := after(paging, instant, UUID):
        key = sa.tuple_(sa.literal(last[0], pairs.c.raised_at.type), sa.literal(last[1], pairs.c.pair_id.type))
        query = query.where(sa.tuple_(pairs.c.raised_at, pairs.c.pair_id) > key)
    query = query.order_by(pairs.c.raised_at, pairs.c.pair_id).limit(paging.limit + 1)
    rows, more = cut(await unit.rows(query), paging.limit)
    following = encode_cursor(rows[-1].raised_at.isoformat(), rows[-1].pair_id) if more else None
    items = [item(row._asdict(), principal) for row in rows]
    if named:
        for kept, one in zip(rows, items, strict=True):
            _name(kept._asdict(), one, principal)
    return Page(items=items, next=following)


_NAMES = ("family_name", "given_names")


def _about(application: UUID | None, member: UUID | None) -> list[sa.ColumnElement[bool]]:
    """The pairs of one file, or of one of its persons, on either side."""
    given = ((name, value) for name, value in (("application", application), ("member", member)) if value)
    return [sa.or_(*(pairs.c[f"{side}_{name}"] == value for side in SIDES)) for name, value in given]


def _name(row: Mapping[str, Any], shown: dict[str, Any], principal: Principal) -> None:
    """The names by which a reviewer tells pairs apart, and whether others changed one since the list was opened.

    Of another caisse's person the family name alone.
    """
    shown["changed"] = row["changed"]
    for side, record in zip(SIDES, shown["sides"], strict=True):
        record["family_name"] = row[f"{side}_family_name"] or ""
        record["given_names"] = (row[f"{side}_given_names"] or "") if principal.sees(row[f"{side}_caisse"]) else ""


def _judged_since(principal: Principal, opened_at: dt.datetime) -> sa.ColumnElement[bool]:
    j = judgements_table.c
    return sa.exists().where(j.pair_id == pairs.c.pair_id, j.given_at > opened_at, j.reader != principal.id)


def _changed_since(principal: Principal, opened_at: dt.datetime | None) -> sa.ColumnElement[bool]:
    """Whether somebody else judged or took the pair since the reader opened the list."""
    if opened_at is None:
        return sa.false().label("changed")
    a = assignments.c
    taken = sa.exists().where(a.pair_id == pairs.c.pair_id, a.assigned_at > opened_at, a.assigned_by != principal.id)
    return sa.or_(_judged_since(principal, opened_at), taken).label("changed")


def _known_to_be_of(side: str, caisse: str, principal: Principal) -> sa.ColumnElement[bool]:
    """Pairs with a file of this caisse on one side; a protected file does not tell its caisse by being found."""
    of_caisse = pairs.c[f"{side}_caisse"] == caisse
    if principal.sees_place_of(caisse):
        return of_caisse
    return sa.and_(of_caisse, sa.func.coalesce(_files[side].c.protected, False).is_(False))


def item(row: Mapping[str, Any], principal: Principal) -> dict[str, Any]:
    """One pair of the queue. A blind control looks like any other: the reviewer must not know.

    Until it is judged no pair shows its level or its probability, which would tell the controls apart.
    """
    blind, hidden = row["kind"] == "blind_control", row["state"] in pair_changes.OPEN
    level = "to_examine" if blind else row["level"]
    return {
        "pair_id": row["pair_id"],
        "kind": "signal" if blind else row["kind"],
        "level": None if hidden else level,
        "state": row["state"],
        "probability": None if hidden else round(row["probability"], 6),
        "raised_on": row["raised_on"],
        "assignee": row["assignee"] if row["assignee"] == principal.id or not _hides(row, principal) else None,
        "sides": [
            without_place(
                principal,
                {
                    "member_id": row[f"{side}_member"],
                    "rank": row[f"{side}_rank"],
                    "application_id": row[f"{side}_application"],
                    "caisse": row[f"{side}_caisse"],
                    "kind": row[f"{side}_file_kind"],
                    "deposited_on": row[f"{side}_deposited_on"],
                    "outcome": row[f"{side}_outcome"],
                    "outcome_on": row[f"{side}_outcome_on"],
                    "motives": row[f"{side}_motives"],
                },
                row[f"{side}_protected"],
            )
            for side in SIDES
        ],
    }


def _hides(row: Mapping[str, Any], principal: Principal) -> bool:
    """Whether the place of one of the two files is not for the eyes of the token."""
    return any(is_hidden(principal, row[f"{side}_protected"], row[f"{side}_caisse"]) for side in SIDES)


def files_of(items: Iterable[Mapping[str, Any]]) -> list[UUID]:
    """The applications on both sides of the pairs of a list."""
    return [side["application_id"] for pair in items for side in pair["sides"]]


async def side_by_side(unit: UnitOfWork, principal: Principal, pair: Mapping[str, Any]) -> dict[str, Any]:
    """A pair with both records as written on the papers, the explanation in words, and what was judged."""
    query = sa.select(pairs, *_side("lower"), *_side("higher")).select_from(_joined())
    for side in SIDES:
        query = query.add_columns(*(_people[side].c[name].label(f"{side}_{name}") for name in WRITTEN))
    query = query.where(pairs.c.pair_id == pair["pair_id"])
    row = (await unit.rows(query))[0]._asdict()
    shown, hides = item(row, principal), _hides(row, principal)
    for side, record in zip(SIDES, shown["sides"], strict=True):
        record["written"] = {name: row[f"{side}_{name}"] or "" for name in WRITTEN}
    shown["explanation"] = in_words(row, shown)
    shown["judgements"] = [
        {
            "verdict": one.verdict,
            "reason": one.reason,
            "label": judgement.REASONS[judgement.Verdict(one.verdict)][one.reason],
            "reader": None if hides and one.reader_caisse != principal.caisse else one.reader,
            "caisse": None if hides and one.reader_caisse != principal.caisse else one.reader_caisse,
            "given_on": one.given_on,
            "text": one.text,
            "counts": one.counts,
        }
        for one in await unit.rows(_TEXTS, row)
    ]
    return shown


def in_words(row: Mapping[str, Any], shown: Mapping[str, Any]) -> dict[str, Any]:
    """The explanation as the reviewer reads it; prior and points sum to the score the pair was raised with.

    An open pair has its reasons and no figures, whatever kind it is.
    """
    records = [Identity.of(record["written"]) for record in shown["sides"]]
    explanation = explain(records[0], records[1], row["points"], row["score"], row["probability"], row["base_size"])
    shown_body = explanation_body(explanation)
    opinion = _second_opinion(*records)
    # Which side a reason speaks for is no figure; by how much it does is one.
    shown_body["reasons"] = [one | {"against": one["points"] < 0} for one in shown_body["reasons"]]
    if row["state"] in pair_changes.OPEN:
        shown_body |= dict.fromkeys(("prior", "total", "probability", "base_size")) | {"summary": UNTIL_JUDGED}
        shown_body["reasons"] = [reason | {"points": None} for reason in shown_body["reasons"]]
        opinion["score"] = None
    return {"model_version": row["model_version"], **shown_body, "second_opinion": opinion}


def _second_opinion(mine: Identity, other: Identity) -> dict[str, Any]:
    """What the classical algorithm says of the same two records, as JSON."""
    found = classical.compare(classical.Prepared.of(mine), classical.Prepared.of(other))
    return {"algorithm": classical.ALGORITHM, "score": found.score, "sentences": list(found.sentences)}


def explanation_body(explanation: Explanation) -> dict[str, Any]:
    """An explanation as JSON."""
    reasons = [{"code": r.code, "points": round(r.points, 3), "sentence": r.sentence} for r in explanation.reasons]
    return {
        "summary": explanation.summary,
        "warning": explanation.warning,
        "alignment": list(explanation.alignment),
        "reasons": reasons,
        "prior": round(explanation.prior, 3),
        "total": round(explanation.total, 3),
        "probability": round(explanation.probability, 6),
        "base_size": explanation.base_size,
    }
