"""Draws, samples and reviews: written once, each with its event."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Mapping, Sequence
from typing import Any, get_args
from uuid import UUID

import sqlalchemy as sa

from services.decision.domain.supervision.draw import Candidate, SampledDecision, Sizes, fingerprint, sampled, seed_of
from services.decision.domain.supervision.grid import Answer, Grid, faults
from services.decision.tables import (
    persons,
    supervision_conclusions,
    supervision_draws,
    supervision_follow_ups,
    supervision_nonces,
    supervision_reviews,
    supervision_samples,
)
from shared import clock
from shared.access.principal import Principal
from shared.contract import events as ev
from shared.database.unit_of_work import UnitOfWork, emit
from shared.ids import named_uuid, uuid7
from shared.observability import logs

_LISTED = sa.text("""
SELECT d.decision_id, d.application_id, d.outcome, d.automatic, d.decided_on, c.received_on,
    CASE WHEN d.prepared_by <> '' THEN d.prepared_by ELSE d.signatory END AS author, d.override <> '' AS overridden,
    (SELECT min(e.starts_on) FROM entitlements e WHERE e.decision_id = d.decision_id) AS starts_on,
    jsonb_path_exists(coalesce(c.body, '{}'), '$.requests[*].items[*].reason ? (@ != "")') AS outside_texts,
    jsonb_path_exists(coalesce(c.body, '{}'), '$.pairs.* ? (@ == "different")') AS signal_rejected,
    jsonb_path_exists(coalesce(c.body, '{}'), '$.told_by_letters[*] ? (@ == "duplicate_title")') AS duplicate_title,
    jsonb_path_exists(coalesce(c.body, '{}'), '$.told_by_letters[*] ? (@ == "paper_spoiled")') AS paper_spoiled
FROM decisions d JOIN cases c USING (application_id)
WHERE d.caisse = :caisse AND d.outcome IN ('granted', 'refused') AND d.decided_on BETWEEN :since AND :until
    AND c.state <> 'erased'
ORDER BY d.decision_id
""")
_BEGAN = sa.text("""
SELECT CASE WHEN prepared_by <> '' THEN prepared_by ELSE signatory END AS author, min(decided_on) AS first
FROM decisions WHERE caisse = :caisse AND NOT automatic GROUP BY 1
""")


async def publish_nonce(unit: UnitOfWork, principal: Principal, caisse: str, period: str) -> sa.Row[Any]:
    """The nonce of a quarter, made at the first call and never again."""
    row = {
        "caisse": caisse,
        "period": period,
        "nonce": secrets.token_hex(16),
        "published_on": clock.today(),
        "published_by": principal.id,
    }
    await unit.insert_many(supervision_nonces, [row], conflict=["caisse", "period"])
    found = await nonce_of(unit, caisse, period)
    assert found is not None
    return found


async def nonce_of(unit: UnitOfWork, caisse: str, period: str) -> sa.Row[Any] | None:
    """The nonce of a quarter, if it was published."""
    c = supervision_nonces.c
    return await unit.one_or_none(sa.select(supervision_nonces).where(c.caisse == caisse, c.period == period))


async def draw_of(unit: UnitOfWork, caisse: str, period: str) -> sa.Row[Any] | None:
    """The draw of a quarter, if it was made."""
    c = supervision_draws.c
    return await unit.one_or_none(sa.select(supervision_draws).where(c.caisse == caisse, c.period == period))


async def make_draw(
    unit: UnitOfWork, principal: Principal, nonce: sa.Row[Any], days: tuple[dt.date, dt.date], sizes: Sizes
) -> UUID | None:
    """Freeze the list, draw, and tell each drawn decision; None when the quarter was drawn before."""
    named = {"caisse": nonce.caisse, "since": days[0], "until": days[1]}
    listed = [Candidate(**row._mapping) for row in await unit.rows(_LISTED, named)]
    began = {row.author: row.first for row in await unit.rows(_BEGAN, {"caisse": nonce.caisse})}
    seed = seed_of(nonce.period, nonce.caisse, nonce.nonce)
    found = sampled(seed, listed, sizes, began)
    draw_id, ids = uuid7(), [one.decision_id for one in listed]
    row = {
        "draw_id": draw_id,
        "caisse": nonce.caisse,
        "period": nonce.period,
        "drawn_on": clock.today(),
        "drawn_by": principal.id,
        "seed": seed,
        "listed": ids,
        "listed_sha256": fingerprint(ids),
        "random_size": sizes.random,
        "negative_size": sizes.negative,
    }
    made = await unit.insert_many(supervision_draws, [row], conflict=["caisse", "period"], returning=["draw_id"])
    if not made:
        return None
    await unit.insert_many(supervision_samples, [_sample(draw_id, nonce, one) for one in found])
    refusals = sum(one.outcome == "refused" for one in listed)
    for one in found:
        same = sum(other.draw == one.draw for other in found)
        _publish_sampled(unit, principal, nonce, one, (same, refusals if one.draw == "negative" else len(listed)))
    return draw_id


def _sample(draw_id: UUID, nonce: sa.Row[Any], one: SampledDecision) -> dict[str, Any]:
    return {
        "sample_id": named_uuid("sample", nonce.caisse, nonce.period, one.candidate.decision_id),
        "draw_id": draw_id,
        "application_id": one.candidate.application_id,
        "decision_id": one.candidate.decision_id,
        "caisse": nonce.caisse,
        "period": nonce.period,
        "outcome": one.candidate.outcome,
        "decided_on": one.candidate.decided_on,
        "author": one.candidate.author,
        "draw": one.draw,
        "reasons": list(one.reasons),
        "second_look": one.second_look,
    }


def _publish_sampled(
    unit: UnitOfWork, principal: Principal, nonce: sa.Row[Any], one: SampledDecision, share: tuple[int, int]
) -> None:
    fields = {
        "sample_id": named_uuid("sample", nonce.caisse, nonce.period, one.candidate.decision_id),
        "decision_id": one.candidate.decision_id,
        "period": nonce.period,
        "draw": one.draw,
        "reasons": list(one.reasons),
        "drawn": share[0],
        "listed": share[1],
        "drawn_on": clock.today(),
    }
    emit(
        unit,
        ev.Sampled.new(
            application_id=one.candidate.application_id,
            caisse=nonce.caisse,
            actor=principal.actor,
            correlation_id=logs.correlation.get(),
            **fields,
        ),
    )


async def samples_in_scope(unit: UnitOfWork, principal: Principal, period: str) -> Sequence[sa.Row[Any]]:
    """The samples of a quarter with how many looks each has had and who took them; never what a look answered. The
    applicant's name stands beside each: the files are of the own caisse."""
    s, r, p = supervision_samples.c, supervision_reviews.c, persons.c
    looks = sa.select(sa.func.count()).where(r.sample_id == s.sample_id).scalar_subquery()
    seen_by = sa.select(sa.func.array_agg(r.reviewer)).where(r.sample_id == s.sample_id).scalar_subquery()
    query = (
        sa.select(
            supervision_samples,
            looks.label("looks"),
            sa.func.coalesce(seen_by, sa.text("ARRAY[]::text[]")).label("seen_by"),
            p.family_name,
            p.given_names,
            p.reference,
        )
        .outerjoin(persons, (p.application_id == s.application_id) & (p.rank == 0))
        .where(principal.scope(s.caisse), s.period == period)
    )
    return await unit.rows(query.order_by(s.draw, s.sample_id))


async def sample_in_scope(unit: UnitOfWork, principal: Principal, sample_id: UUID) -> sa.Row[Any] | None:
    """One sample with its applicant's name, locked so that no two looks are written at once."""
    s, p = supervision_samples.c, persons.c
    query = (
        sa.select(supervision_samples, p.family_name, p.given_names, p.reference)
        .outerjoin(persons, (p.application_id == s.application_id) & (p.rank == 0))
        .where(s.sample_id == sample_id, principal.scope(s.caisse))
    )
    await unit.execute(sa.text("SELECT pg_advisory_xact_lock(hashtext(:key))"), {"key": str(sample_id)})
    return await unit.one_or_none(query)


async def reviews_of(unit: UnitOfWork, sample_id: UUID) -> Sequence[sa.Row[Any]]:
    """The looks at one sample, of a caller who has it in scope."""
    r = supervision_reviews.c
    return await unit.rows(sa.select(supervision_reviews).where(r.sample_id == sample_id).order_by(r.look))


async def reviewed_of_author(unit: UnitOfWork, principal: Principal) -> Sequence[sa.Row[Any]]:
    """What supervision found in decisions that the caller prepared or signed: the feedback to the agent."""
    s, r = supervision_samples.c, supervision_reviews.c
    p = persons.c
    query = (
        sa.select(
            s.sample_id,
            s.application_id,
            s.period,
            s.draw,
            s.outcome,
            s.decided_on,
            r.answers,
            r.grid,
            r.reviewed_on,
            p.family_name,
            p.given_names,
        )
        .join(supervision_reviews, sa.and_(r.sample_id == s.sample_id, r.look == 1))
        .outerjoin(persons, (p.application_id == s.application_id) & (p.rank == 0))
        .where(s.author == principal.id, principal.scope(s.caisse))
    )
    return await unit.rows(query.order_by(r.reviewed_on.desc(), s.sample_id).limit(200))


async def write_review(
    unit: UnitOfWork,
    principal: Principal,
    sample: sa.Row[Any],
    grid: Grid,
    answers: Mapping[str, Answer],
    first: Mapping[str, Answer] | None,
) -> None:
    """Write one look and tell it. ``first``: the answers of the first look, of which the second one knew nothing."""
    look = 1 if first is None else 2
    row = {
        "review_id": uuid7(),
        "sample_id": sample.sample_id,
        "application_id": sample.application_id,
        "caisse": sample.caisse,
        "look": look,
        "reviewer": principal.id,
        "grid": grid.version,
        "answers": dict(answers),
        "reviewed_on": clock.today(),
    }
    await unit.insert_many(supervision_reviews, [row])
    await _open_follow_up(unit, sample, [code for code, severity in faults(grid, answers) if severity != "formal"])
    counts = {name: sum(given == name for given in answers.values()) for name in get_args(Answer)}
    fields = {
        "sample_id": sample.sample_id,
        "decision_id": sample.decision_id,
        "period": sample.period,
        "draw": sample.draw,
        "look": look,
        "grid": grid.version,
        **counts,
        "faults": [ev.ReviewFault(item=code, severity=severity) for code, severity in faults(grid, answers)],
        "differs": None if first is None else sum(first.get(code) != given for code, given in answers.items()),
        "reviewed_on": clock.today(),
    }
    emit(
        unit,
        ev.Reviewed.new(
            application_id=sample.application_id,
            caisse=sample.caisse,
            actor=principal.actor,
            correlation_id=logs.correlation.get(),
            **fields,
        ),
    )


async def _open_follow_up(unit: UnitOfWork, sample: sa.Row[Any], graves: list[str]) -> None:
    """A fault of a right or of money opens the file to a person, once, with what the first such look found."""
    if not graves:
        return
    row = {
        "sample_id": sample.sample_id,
        "application_id": sample.application_id,
        "caisse": sample.caisse,
        "period": sample.period,
        "faults": graves,
        "opened_on": clock.today(),
    }
    await unit.insert_many(supervision_follow_ups, [row], conflict=["sample_id"])


async def follow_ups_in_scope(
    unit: UnitOfWork, principal: Principal, period: str, sample_id: UUID | None = None
) -> Sequence[sa.Row[Any]]:
    """The files that looks opened, with what came of each; those without a conclusion first. One whose second look is
    still to come is not among them: whoever takes it must not know what the first one found."""
    f, c, s, r = supervision_follow_ups.c, supervision_conclusions.c, supervision_samples.c, supervision_reviews.c
    looks = sa.select(sa.func.count()).where(r.sample_id == f.sample_id).scalar_subquery()
    named = (c.conclusion, c.concluded_on, c.concluded_by)
    query = (
        sa.select(supervision_follow_ups, s.decision_id, s.author, *named)
        .join(supervision_samples, s.sample_id == f.sample_id)
        .outerjoin(supervision_conclusions, c.sample_id == f.sample_id)
        .where(principal.scope(f.caisse), f.period == period, looks >= 1 + sa.cast(s.second_look, sa.Integer))
    )
    if sample_id is not None:
        query = query.where(f.sample_id == sample_id)
    return await unit.rows(query.order_by(c.concluded_on.nulls_first(), f.opened_on, f.sample_id))


async def conclude(unit: UnitOfWork, principal: Principal, opened: sa.Row[Any], conclusion: str) -> bool:
    """Write what a person says of a file that a look opened; False when somebody did before."""
    row = {
        "sample_id": opened.sample_id,
        "application_id": opened.application_id,
        "caisse": opened.caisse,
        "conclusion": conclusion,
        "concluded_on": clock.today(),
        "concluded_by": principal.id,
    }
    made = await unit.insert_many(supervision_conclusions, [row], conflict=["sample_id"], returning=["sample_id"])
    return bool(made)
