"""What a search changes: which pairs are new, come up again, or no longer look alike, and whom that concerns (PURE)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from services.dedup.domain.matching.model import probability
from services.dedup.domain.pairs.candidates import IndexedIdentity, ScoredPair, feature_codes
from services.dedup.domain.pairs.levels import Level
from shared.contract.events import PairFact

OPEN: Final = frozenset({"open", "awaiting_second_reader", "disagreed"})
"""States in which a pair still waits for a person."""

Row = Mapping[str, Any]


@dataclass
class PairChanges:
    """Rows of ``pairs`` to write; all pairs of the searched applications as they are afterwards; what others must hear.

    ``unlinked``: pairs judged "same" whose identity data have changed since: their link is undone.
    """

    rows: list[dict[str, Any]] = field(default_factory=list)
    after: dict[UUID, Row] = field(default_factory=dict)
    raised: list[Row] = field(default_factory=list)
    dissolved: list[Row] = field(default_factory=list)
    unlinked: list[Row] = field(default_factory=list)


@dataclass(frozen=True)
class ScoringContext:
    """What the pairs of one batch were weighed with and when."""

    model_version: str
    base_size: int
    on: dt.date
    at: dt.datetime


def changes(
    found: Iterable[ScoredPair],
    existing: Iterable[Row],
    faded: Iterable[ScoredPair],
    current: Mapping[UUID, IndexedIdentity],
    caisse_of: Callable[[UUID], str],
    weighing: ScoringContext,
) -> PairChanges:
    """Compare what the search found with the pairs there are.

    ``existing``: all pairs of the searched applications; ``current``: their members' present identities; ``faded``:
    pairs there are that do not look alike any more, scored with the present data. A pair whose identity data have
    changed is open again whatever was judged; one found as before keeps its state ("different" is remembered). One that
    does not look alike any more dissolves, unless a person judged it "same": then a person looks at it again. Where a
    member has left its application, its pairs fall.
    """
    result = PairChanges(after={row["pair_id"]: row for row in existing})
    seen = set()
    for pair in found:
        known: Row | None = result.after.get(pair.pair_id)
        if known is not None and pair.kind == "blind_control":
            continue
        seen.add(pair.pair_id)
        row = _row(pair, known, caisse_of, weighing)
        if known is not None and not _reopens(row, known):
            row["kind"] = known["kind"]
            if row["lower_seq"] == known["lower_seq"] and row["higher_seq"] == known["higher_seq"]:
                continue
            row |= {name: known[name] for name in ("state", "raised_on", "raised_at")}
        else:
            _reopen(result, row, known)
        result.rows.append(row)
        result.after[pair.pair_id] = row
    scored = {pair.pair_id: pair for pair in faded}
    for key, old in list(result.after.items()):
        if key in seen or old["state"] == "dissolved" or not is_stale(old, current):
            continue
        faded_pair = scored.get(key)
        row = _row(faded_pair, old, caisse_of, weighing) if faded_pair else dict(old)
        if faded_pair and not _data_changed(row, old) and old["state"] not in OPEN:
            row |= {name: old[name] for name in ("state", "raised_on", "raised_at", "kind", "level")}
        elif faded_pair and old["state"] == "same":
            row["kind"] = "signal"
            _reopen(result, row, old)
        else:
            if old["state"] == "same":
                result.unlinked.append(old)
            _dissolve(result, old)
            continue
        result.rows.append(row)
        result.after[key] = row
    return result


def _reopen(result: PairChanges, row: dict[str, Any], known: Row | None) -> None:
    """A pair comes before a person, for the first time or again; what was judged "same" is no link meanwhile."""
    if known is not None and known["state"] == "same":
        result.unlinked.append(known)
        if row["level"] == Level.SILENT:  # a person said "same" of data that are no longer alike
            row |= {"kind": "signal", "level": Level.TO_EXAMINE.value}
    if row["kind"] == "signal":
        result.raised.append(row)


def erased(existing: Iterable[Row]) -> PairChanges:
    """All pairs of erased applications fall, judged or not."""
    result = PairChanges()
    for row in existing:
        _dissolve(result, row)
    return result


def _dissolve(result: PairChanges, row: Row) -> None:
    gone = {**row, "state": "dissolved"}
    result.rows.append(gone)
    result.after[row["pair_id"]] = gone
    if row["state"] in OPEN and row["kind"] == "signal":
        result.dissolved.append(gone)


def _reopens(row: Row, known: Row) -> bool:
    """Whether a pair found again needs a person again: other identity data, dissolved before, or not yet a signal."""
    if known["state"] == "dissolved" or (known["kind"] == "blind_control" and row["kind"] == "signal"):
        return True
    if known["kind"] == "link_proposal" and row["kind"] == "signal" and known["state"] in OPEN:
        return True
    return _data_changed(row, known)


def _data_changed(row: Row, known: Row) -> bool:
    """Whether the identity data of either side are others than those that were scored and judged."""
    return bool(row["lower_version"] != known["lower_version"] or row["higher_version"] != known["higher_version"])


def moved_apart(row: Row) -> dict[str, Any] | None:
    """A pair of which a file went to another caisse, without the point for one caisse; None where it has no such point.

    What the explanation says must be true of the two records shown.
    """
    points = dict(row["points"])
    if row["lower_caisse"] == row["higher_caisse"] or "caisse_same" not in points:
        return None
    score = row["score"] - points.pop("caisse_same")
    return {**row, "points": points, "score": score, "probability": probability(score)}


def is_stale(row: Row, current: Mapping[UUID, IndexedIdentity]) -> bool:
    """Whether an identity of this pair was replaced, or its member left the application, since it was scored."""
    for side in ("lower", "higher"):
        subject = current.get(row[f"{side}_member"])
        if subject is not None and subject.seq != row[f"{side}_seq"]:
            return True
        if subject is None and any(one.application_id == row[f"{side}_application"] for one in current.values()):
            return True
    return False


def _row(
    pair: ScoredPair, known: Row | None, caisse_of: Callable[[UUID], str], weighing: ScoringContext
) -> dict[str, Any]:
    lower, higher = pair.sides
    return {
        "pair_id": pair.pair_id,
        "lower_member": lower.member_id,
        "higher_member": higher.member_id,
        "lower_application": lower.application_id,
        "higher_application": higher.application_id,
        "lower_caisse": caisse_of(lower.application_id),
        "higher_caisse": caisse_of(higher.application_id),
        "lower_seq": lower.seq,
        "higher_seq": higher.seq,
        "lower_version": lower.identity_version,
        "higher_version": higher.identity_version,
        "kind": pair.kind,
        "level": pair.level.value,
        "probability": pair.probability,
        "score": pair.score,
        "points": dict(pair.points),
        "model_version": weighing.model_version,
        "base_size": weighing.base_size,
        "state": "open",
        "judged_from": known["judged_from"] if known is not None else 0,
        "assignee": known["assignee"] if known is not None else None,
        "raised_on": weighing.on,
        "raised_at": weighing.at,
    }


def is_open_signal(row: Row) -> bool:
    """Whether a pair stands on its files as an open signal: proposals and blind controls never do."""
    return row["kind"] == "signal" and row["state"] in OPEN


def by_application(rows: Iterable[Row], among: Collection[UUID] | None = None) -> dict[UUID, list[Row]]:
    """Pairs under each of their two applications, or under those ``among`` which only."""
    grouped: dict[UUID, list[Row]] = {}
    for row in rows:
        for side in ("lower", "higher"):
            application = row[f"{side}_application"]
            if among is None or application in among:
                grouped.setdefault(application, []).append(row)
    return grouped


def pair_facts(application: UUID, rows: Sequence[Row]) -> list[PairFact]:
    """Pairs as an event tells them, seen from one application: ids and codes."""
    return [_pair_fact(application, row) for row in sorted(rows, key=lambda row: (-row["probability"], row["pair_id"]))]


def _pair_fact(application: UUID, row: Row) -> PairFact:
    mine, other = ("lower", "higher") if row["lower_application"] == application else ("higher", "lower")
    return PairFact(
        pair_id=row["pair_id"],
        member_id=row[f"{mine}_member"],
        other_member_id=row[f"{other}_member"],
        other_application_id=row[f"{other}_application"],
        other_caisse=row[f"{other}_caisse"],
        probability=min(row["probability"], 1.0),
        level=row["level"],
        features=feature_codes(row["points"]),
    )
