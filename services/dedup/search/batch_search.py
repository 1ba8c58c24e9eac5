"""The search of one batch: candidates, pairs, and the events that tell them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.dedup.domain.action_context import SYSTEM, ActionContext
from services.dedup.domain.application_record import ApplicationRecord, earlier_applications
from services.dedup.domain.filings import Filing
from services.dedup.domain.pairs import candidates, pair_changes
from services.dedup.domain.pairs.candidates import BatchResult, Candidate, IndexedIdentity, ScoredPair
from services.dedup.domain.pairs.levels import Level, level_of, sampled_for_blind_control
from services.dedup.domain.pairs.pair_changes import ScoringContext
from services.dedup.search.common_base import CommonBase
from services.dedup.store import applications, links
from services.dedup.store.pairs import ALGORITHM, publish_to_others, write
from services.dedup.store.renewal import is_renewal
from shared.contract import events as ev
from shared.database.unit_of_work import UnitOfWork, emit

_SUBJECTS = sa.text(
    "SELECT seq, member_id, application_id, identity_version, rank, normalised FROM identities "
    "WHERE application_id = ANY(:ids) AND state = 'current' AND sandbox = :sandbox ORDER BY seq"
)
_OTHERS = sa.text(
    "SELECT seq, member_id, application_id, identity_version, rank FROM identities WHERE seq = ANY(:seqs) AND state = "
    "'current'"
)


_PRESENT = sa.text(
    "SELECT seq, member_id, application_id, identity_version, rank, normalised FROM identities "
    "WHERE member_id = ANY(:members) AND state = 'current'"
)


def _identity(row: Any) -> IndexedIdentity:
    return IndexedIdentity(row.seq, row.member_id, row.application_id, row.identity_version, row.rank)


def _is_searchable(dossier: ApplicationRecord | None) -> bool:
    return dossier is not None and dossier.outcome != "erased"


def _is_renewal(dossiers: Mapping[UUID, ApplicationRecord], pair: ScoredPair) -> bool:
    return is_renewal(dossiers[pair.subject.application_id], dossiers[pair.other.application_id])


def _at_one_caisse(dossiers: Mapping[UUID, ApplicationRecord], pair: ScoredPair) -> bool:
    return dossiers[pair.subject.application_id].caisse == dossiers[pair.other.application_id].caisse


class BatchSearch:
    """The search of one batch: from filings to candidates, from candidates to pairs, from pairs to events."""

    def __init__(self, base: CommonBase, filings: Mapping[UUID, Filing]) -> None:
        self._base = base
        self._filings = filings
        self._thresholds = base.thresholds
        self._subjects: list[IndexedIdentity] = []
        self._rows: list[bytes] = []
        self._search = BatchResult([], {}, {}, [])
        self._others: dict[int, IndexedIdentity] = {}
        self._declared: list[Candidate] = []

    def applications(self) -> set[UUID]:
        """The applications of everybody found."""
        return {other.application_id for other in self._others.values()}

    async def search(self, unit: UnitOfWork) -> None:
        """Find candidates for every current member of the filings, in the base as it is committed now."""
        rows = await unit.rows(_SUBJECTS, {"ids": list(self._filings), "sandbox": self._base.sandbox})
        if not rows:
            return
        self._subjects = [_identity(row) for row in rows]
        self._rows = [bytes(row.normalised) for row in rows]
        arrays = await self._base.search(b"".join(self._rows), candidates.LIMIT)
        self._search = candidates.read_results(self._subjects, *arrays, self._thresholds)
        for at in self._search.crowded:
            await self._search_wider(at)
        wanted = {c.seq for c in self._search.above_threshold} | {c.seq for c in self._search.best_below.values()}
        self._others = await self._resolve(unit, wanted)
        await self._compare_declared(unit)

    async def _search_wider(self, at: int) -> None:
        """A list full of candidates above the threshold: look further, for the household must not hide anybody else."""
        subject = self._subjects[at]
        own = {one.seq for one in self._subjects if one.application_id == subject.application_id}
        matches = await self._base.search_one(self._rows[at], own, 64)
        known = {(c.subject.seq, c.seq) for c in self._search.above_threshold}
        for match in matches:
            if level_of(match.probability, self._thresholds) is Level.SILENT or (subject.seq, match.seq) in known:
                continue
            points = candidates.named_points(match.points)
            self._search.above_threshold.append(Candidate(subject, match.seq, match.probability, match.total, points))

    async def _resolve(self, unit: UnitOfWork, seqs: set[int]) -> dict[int, IndexedIdentity]:
        rows = await unit.rows(_OTHERS, {"seqs": list(seqs)}) if seqs else []
        return {row.seq: _identity(row) for row in rows}

    async def _compare_declared(self, unit: UnitOfWork) -> None:
        """Files that an application declares itself: its members against theirs.

        Those who do not look alike come to a pair only where one caisse holds both files (``_found``): declaring a
        file shows nobody of another caisse.
        """
        declared = {key: earlier for key, event in self._filings.items() if (earlier := earlier_applications(event))}
        if not declared:
            return
        ids = list({one for earlier in declared.values() for one in earlier})
        rows = await unit.rows(_SUBJECTS, {"ids": ids, "sandbox": self._base.sandbox})
        for row in rows:
            self._others[row.seq] = _identity(row)
        for at, subject in enumerate(self._subjects):
            earlier = declared.get(subject.application_id, ())
            there = [row for row in rows if row.application_id in earlier]
            if not there:
                continue
            compared = [(self._base.index.compare(self._rows[at], bytes(row.normalised)), row) for row in there]
            match, row = max(compared, key=lambda pair: pair[0].total)
            named = self._filings[subject.application_id].facts.members
            explicit = any(m.member_id == subject.member_id and m.earlier_application_id for m in named)
            if explicit or subject.rank == 0 or match.probability >= self._thresholds.to_examine:
                points = candidates.named_points(match.points)
                self._declared.append(Candidate(subject, row.seq, match.probability, match.total, points))

    async def publish(self, unit: UnitOfWork, dossiers: Mapping[UUID, ApplicationRecord]) -> None:
        """Write the pairs and say, of every file concerned, whether somebody must look."""
        searched = {subject.application_id for subject in self._subjects}
        first = next(iter(self._filings.values()))
        weighing = ScoringContext(self._base.version, self._base.size, first.business_date, dt.datetime.now(dt.UTC))
        existing = [row._asdict() for row in await unit.rows(applications.PAIRS, {"ids": list(searched)})]
        current = {subject.member_id: subject for subject in self._subjects}
        found = self._found(dossiers)
        faded = []
        for pair in await self._rescored(unit, [row for row in existing if row["pair_id"] not in found], current):
            if pair.level is Level.SILENT:
                faded.append(pair)
            else:  # alike all the same: others stood before it in the list of the search
                found[pair.pair_id] = replace(pair, kind="link_proposal") if _is_renewal(dossiers, pair) else pair
        changed = pair_changes.changes(
            found.values(), existing, faded, current, lambda key: dossiers[key].caisse, weighing
        )
        await write(unit, changed)
        await self._unlink(unit, changed.unlinked, ActionContext(SYSTEM, first.correlation_id, first.id))
        own = pair_changes.by_application(filter(pair_changes.is_open_signal, changed.after.values()), searched)
        for key in searched:
            self._publish_own(unit, key, dossiers[key].caisse, own.get(key, []))
        source = ActionContext(SYSTEM, first.correlation_id, first.id)
        await publish_to_others(unit, changed, dossiers, source, searched, weighing.model_version)

    async def _rescored(
        self, unit: UnitOfWork, rows: Sequence[pair_changes.Row], current: Mapping[UUID, IndexedIdentity]
    ) -> list[ScoredPair]:
        """Pairs there are, and that the search did not find again, weighed with the identities of today."""
        stale = [row for row in rows if row["state"] != "dissolved" and pair_changes.is_stale(row, current)]
        if not stale:
            return []
        wanted = [row[f"{side}_member"] for row in stale for side in ("lower", "higher")]
        people = {row.member_id: row for row in await unit.rows(_PRESENT, {"members": wanted})}
        rescored = []
        for row in stale:
            sides = [people.get(row["lower_member"]), people.get(row["higher_member"])]
            if row["higher_member"] in current:
                sides.reverse()
            mine, other = sides
            if mine is None or other is None:
                continue
            match = self._base.index.compare(bytes(mine.normalised), bytes(other.normalised))
            level = level_of(match.probability, self._thresholds)
            points = candidates.named_points(match.points)
            one, two = _identity(mine), _identity(other)
            rescored.append(ScoredPair(one, two, "signal", level, match.probability, match.total, points))
        return rescored

    async def _unlink(self, unit: UnitOfWork, rows: Sequence[pair_changes.Row], source: ActionContext) -> None:
        """Undo the links of pairs whose data are others than those a person judged."""
        for row in rows:
            standing = await links.of_pair(unit, row["pair_id"])
            if standing:
                await links.unlink(unit, standing, row, "identity_changed", source)

    def _found(self, dossiers: Mapping[UUID, ApplicationRecord]) -> dict[UUID, ScoredPair]:
        present = {
            seq: other for seq, other in self._others.items() if _is_searchable(dossiers.get(other.application_id))
        }
        found = candidates.pairs_of(self._search.above_threshold, present, "signal", self._thresholds)
        signalled = {side.application_id for pair in found.values() for side in pair.sides}
        for key, pair in candidates.pairs_of(self._declared, present, "link_proposal", self._thresholds).items():
            if pair.level is not Level.SILENT:
                found[key] = replace(pair, kind="signal")
            elif _at_one_caisse(dossiers, pair):
                found[key] = pair
        for key, pair in list(found.items()):
            if pair.kind == "signal" and _is_renewal(dossiers, pair):
                found[key] = replace(pair, kind="link_proposal")
        sampled = [c for key, c in self._search.best_below.items() if key not in signalled and self._is_sampled(key)]
        for key, pair in candidates.pairs_of(sampled, present, "blind_control", self._thresholds).items():
            found.setdefault(key, pair)
        return found

    def _is_sampled(self, application: UUID) -> bool:
        """The blind control of a period: one draw a year and model version."""
        period = f"{self._base.version}:{self._filings[application].business_date.year}"
        return sampled_for_blind_control(str(application), period, self._base.control_secret)

    def _publish_own(self, unit: UnitOfWork, key: UUID, caisse: str, rows: Sequence[pair_changes.Row]) -> None:
        event = self._filings[key]
        common: dict[str, Any] = {
            "caisse": caisse,
            "facts_sequence": event.sequence,
            "checked_pairs": self._search.checked.get(key, 0),
            "algorithm": ALGORITHM,
            "model_version": self._base.version,
        }
        if rows:
            emit(unit, ev.SignalRaised.after(event, SYSTEM, pairs=pair_changes.pair_facts(key, rows), **common))
        else:
            emit(unit, ev.IdentityCleared.after(event, SYSTEM, **common))
