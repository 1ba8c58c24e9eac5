"""A person judges a pair: the judgement is kept, its meaning worked out, both files told, the link made or undone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.dedup.domain.action_context import ActionContext
from services.dedup.domain.pairs import pair_changes
from services.dedup.domain.pairs.judgement import Judgement, PairState, Verdict, check_reason, pair_state
from services.dedup.store import links
from services.dedup.tables import assignments, judgement_texts, judgements, taken_back
from shared import clock
from shared.access.principal import Principal
from shared.contract import events as ev
from shared.contract.input_errors import InputError
from shared.database.unit_of_work import UnitOfWork, emit
from shared.http.problems import Problem, not_found
from shared.ids import uuid7
from shared.messaging.reference_table import ReferenceTable
from shared.observability.logs import correlation

SETTLED = frozenset({"same", "different", "unsure"})

_PAIR = sa.text("SELECT * FROM pairs WHERE pair_id = :pair_id")
_LOCK_FILES = sa.text(
    "SELECT application_id, outcome FROM applications WHERE application_id = ANY(:ids) ORDER BY application_id FOR "
    "UPDATE"
)
_GIVEN = sa.text(
    "SELECT judgement_id, given_on, number, verdict, reason, reader, lower_version, higher_version FROM judgements "
    "WHERE pair_id = :pair_id AND number > :judged_from "
    "AND judgement_id NOT IN (SELECT judgement_id FROM taken_back WHERE taken_back.pair_id = :pair_id) ORDER BY number"
)
_STATE = sa.text(
    "UPDATE pairs SET state = :state, kind = :kind, level = :level, judged_from = :judged_from WHERE pair_id = :pair_id"
)
_ASSIGN = sa.text("UPDATE pairs SET assignee = :assignee WHERE pair_id = :pair_id")
_OPEN = sa.text(
    "SELECT application_id, (SELECT count(*) FROM pairs WHERE (lower_application = application_id "
    "OR higher_application = application_id) AND kind = 'signal' AND state = ANY(:open)) AS open_pairs "
    "FROM unnest(CAST(:ids AS uuid[])) AS application_id"
)
_LINK = sa.text("SELECT pair_id FROM links WHERE link_id = :link_id AND unlinked_at IS NULL")
_LAST = sa.text("SELECT coalesce(max(number), 0) FROM judgements WHERE pair_id = :pair_id")


@dataclass(frozen=True)
class JudgementResult:
    """What a judgement led to. ``open_pairs``: how many wait on each of the two files."""

    state: PairState
    judgement_id: UUID | None
    link_id: UUID | None
    open_pairs: Mapping[UUID, int]


async def pair_in_scope(unit: UnitOfWork, principal: Principal, pair_id: UUID, *, lock: bool = False) -> dict[str, Any]:
    """A pair that the token may see: one of its caisses. Raises 404. ``lock`` keeps others off both its files."""
    row = await unit.one_or_none(_PAIR, {"pair_id": pair_id})
    if row is None:
        raise not_found()
    principal.check_scope(row.lower_caisse, row.higher_caisse)
    if not lock:
        return dict(row._mapping)
    await unit.rows(_LOCK_FILES, {"ids": [row.lower_application, row.higher_application]})
    row = await unit.one_or_none(_PAIR, {"pair_id": pair_id})
    assert row is not None
    principal.check_scope(row.lower_caisse, row.higher_caisse)
    return dict(row._mapping)


def check_reader(principal: Principal) -> None:
    """A judgement belongs to a caisse: a token of all caisses reads, and decides nothing."""
    if principal.caisse is None:
        raise Problem(403, "forbidden", "Un jugement est rendu par un agent de l'une des deux caisses.")


async def judge(
    unit: UnitOfWork,
    reference: ReferenceTable,
    principal: Principal,
    pair_id: UUID,
    verdict: Verdict,
    reason: str,
    text: str,
) -> JudgementResult:
    """Record what a reader says of a pair, and what follows from it.

    Where a caisse of the pair wants two persons for a link, the first "same" waits for another reader. Raises problems:
    404 out of scope, 409 for a pair that fell or a second reading by the first reader, 422 for a reason that does not
    go with the verdict or an "other" reason without a text.
    """
    check_reader(principal)
    _check(verdict, reason, text)
    pair = await pair_in_scope(unit, principal, pair_id, lock=True)
    if pair["state"] == "dissolved":
        raise Problem(
            409, "pair_dissolved", "Cette paire n'a plus lieu d'être : un des dossiers a changé ou été effacé."
        )
    given = [_judgement(row) for row in await unit.rows(_GIVEN, pair)]
    four_eyes = _four_eyes(reference, pair)
    present = {0: str(pair["lower_version"]), 1: str(pair["higher_version"])}
    mine = next((one for one in reversed(given) if one.reader == principal.id), None)
    if mine is not None and mine.verdict is verdict and mine.fingerprints == (present[0], present[1]):
        if pair_state(given, present, four_eyes) is PairState.AWAITING_SECOND_READER and verdict is Verdict.SAME:
            raise Problem(409, "second_reader_must_differ", "Le rapprochement attend la lecture d'une autre personne.")
        if mine.reason == reason:
            return JudgementResult(
                PairState(pair["state"]), None, await _link_of(unit, pair), await _open_pairs(unit, pair)
            )
    judgement_id, number = await _insert(unit, principal, pair, verdict, reason, text)
    said = Judgement(number, 0, 1, verdict, reason, principal.id, (present[0], present[1]))
    state = pair_state([*given, said], present, four_eyes)
    link_id = await _apply_state(unit, pair, state, [*given, said], principal)
    return JudgementResult(state, judgement_id, link_id, await _open_pairs(unit, pair))


def _check(verdict: Verdict, reason: str, text: str) -> None:
    try:
        check_reason(verdict, reason)
    except ValueError:
        error = InputError("/reason", "reason_unknown", "Ce motif ne va pas avec ce jugement.")
        raise Problem(422, "validation_failed", "1 champ(s) à corriger.", errors=[error]) from None
    if reason.startswith("other_") and not text.strip():
        error = InputError("/text", "text_missing", "Précisez le motif en quelques mots.")
        raise Problem(422, "validation_failed", "1 champ(s) à corriger.", errors=[error])


def _judgement(row: Any) -> Judgement:
    versions = (str(row.lower_version), str(row.higher_version))
    return Judgement(row.number, 0, 1, Verdict(row.verdict), row.reason, row.reader, versions)


def _four_eyes(reference: ReferenceTable, pair: Mapping[str, Any]) -> bool:
    """Whether the policy of either caisse wants two persons for a link."""
    caisses = (reference.caisse(pair[f"{side}_caisse"]) for side in ("lower", "higher"))
    return any(caisse is not None and caisse.two_person_links for caisse in caisses)


async def _insert(
    unit: UnitOfWork, principal: Principal, pair: Mapping[str, Any], verdict: Verdict, reason: str, text: str
) -> tuple[UUID, int]:
    judgement_id = uuid7()
    row = {
        "judgement_id": judgement_id,
        "pair_id": pair["pair_id"],
        "verdict": verdict.value,
        "reason": reason,
        "reader": principal.id,
        "reader_caisse": principal.caisse,
        "lower_version": pair["lower_version"],
        "higher_version": pair["higher_version"],
        "probability": pair["probability"],
        "model_version": pair["model_version"],
        "given_on": clock.today(),
    }
    [kept] = await unit.insert_many(judgements, [row], returning=["number"])
    if text.strip():
        words = {"judgement_id": judgement_id, "pair_id": pair["pair_id"], "text": text.strip()}
        await unit.insert_many(judgement_texts, [words])
    return judgement_id, kept.number


async def _apply_state(
    unit: UnitOfWork, pair: dict[str, Any], state: PairState, given: Sequence[Judgement], principal: Principal
) -> UUID | None:
    """Write the new state, make or undo the link, and tell both files where a verdict stands."""
    before, source = pair["state"], ActionContext(principal.actor, correlation.get())
    if pair["kind"] == "blind_control" and state is PairState.SAME:
        pair |= {"kind": "signal", "level": "to_examine"}  # what the score missed is a signal from now on
    pair["state"] = state.value
    await unit.execute(_STATE, pair)
    link_id = await _link_of(unit, pair)
    if state is PairState.SAME and link_id is None:
        link_id = await links.link(unit, pair, source)
    elif state is PairState.DIFFERENT and link_id is not None:
        await links.unlink(unit, [link_id], pair, given[-1].reason, source)
        link_id = None
    settled = state.value in SETTLED or (state is PairState.DISAGREED and before in SETTLED)
    if pair["kind"] == "signal" and settled:
        await _publish(unit, pair, state, given, source)
    return link_id


async def _publish(
    unit: UnitOfWork, pair: Mapping[str, Any], state: PairState, given: Sequence[Judgement], source: ActionContext
) -> None:
    said = given[-1]
    readers = list(
        dict.fromkeys(one.reader for one in given if one.verdict is said.verdict and one.reader != said.reader)
    )
    disagreed = state is PairState.DISAGREED
    fields: dict[str, Any] = {
        "pair_id": pair["pair_id"],
        "judgement": "unsure" if disagreed else state.value,
        "reason_code": "readers_disagree" if disagreed else said.reason,
        "reviewer": readers[0] if readers else said.reader,
        "second_reviewer": said.reader if readers else None,
        "actor": source.actor,
        "correlation_id": source.correlation_id,
    }
    waiting = await _open_pairs(unit, pair)
    for mine, other in (("lower", "higher"), ("higher", "lower")):
        application = pair[f"{mine}_application"]
        emit(
            unit,
            ev.PairJudged.new(
                application_id=application,
                caisse=pair[f"{mine}_caisse"],
                open_pairs=waiting[application],
                other_application_id=pair[f"{other}_application"],
                **fields,
            ),
        )


async def _open_pairs(unit: UnitOfWork, pair: Mapping[str, Any]) -> dict[UUID, int]:
    ids = [pair["lower_application"], pair["higher_application"]]
    rows = await unit.rows(_OPEN, {"ids": ids, "open": sorted(pair_changes.OPEN)})
    return {row.application_id: row.open_pairs for row in rows}


async def _link_of(unit: UnitOfWork, pair: Mapping[str, Any]) -> UUID | None:
    return next(iter(await links.of_pair(unit, pair["pair_id"])), None)


async def unlink(unit: UnitOfWork, principal: Principal, link_id: UUID, reason: str) -> UUID:
    """Undo a link: its pair is open again for both files, and what was judged before counts no more.

    Returns the pair.
    """
    check_reader(principal)
    row = await unit.one_or_none(_LINK, {"link_id": link_id})
    if row is None:
        raise not_found()
    pair = await pair_in_scope(unit, principal, row.pair_id, lock=True)
    source = ActionContext(principal.actor, correlation.get())
    await links.unlink(unit, [link_id], pair, reason, source)
    pair_id: UUID = row.pair_id
    if pair["state"] == "dissolved":
        return pair_id
    pair |= {"state": "open", "judged_from": await unit.scalar(_LAST, {"pair_id": pair_id})}
    await unit.execute(_STATE, pair)
    _raise_again(unit, pair, source, "link_undone")
    return pair_id


def _raise_again(unit: UnitOfWork, pair: Mapping[str, Any], source: ActionContext, algorithm: str) -> None:
    """Both files hear that the pair is to be read again."""
    if pair["kind"] != "signal":
        return
    for side in ("lower", "higher"):
        application = pair[f"{side}_application"]
        emit(
            unit,
            ev.SignalRaised.new(
                application_id=application,
                caisse=pair[f"{side}_caisse"],
                actor=source.actor,
                correlation_id=source.correlation_id,
                pairs=pair_changes.pair_facts(application, [pair]),
                checked_pairs=1,
                algorithm=algorithm,
                model_version=pair["model_version"],
            ),
        )


async def take_back(unit: UnitOfWork, reference: ReferenceTable, principal: Principal, pair_id: UUID) -> PairState:
    """Take back one's own judgement of today, as if it had not been given: what others said of the pair stands.

    Raises 404 out of scope, 409 where nothing of the kind is there, where somebody judged after it, or the pair fell.
    """
    check_reader(principal)
    pair = await pair_in_scope(unit, principal, pair_id, lock=True)
    given = await unit.rows(_GIVEN, pair)
    last = given[-1] if given else None
    if last is None or last.reader != principal.id or last.given_on != clock.today() or pair["state"] == "dissolved":
        detail = "Seul votre dernier avis du jour se reprend, tant que personne n'a jugé la paire après vous."
        raise Problem(409, "nothing_to_take_back", detail, title="Rien à annuler")
    row = {"judgement_id": last.judgement_id, "pair_id": pair_id, "taken_back_by": principal.id}
    await unit.insert_many(taken_back, [row])
    present = {0: str(pair["lower_version"]), 1: str(pair["higher_version"])}
    state = pair_state([_judgement(one) for one in given[:-1]], present, _four_eyes(reference, pair))
    source = ActionContext(principal.actor, correlation.get())
    before, pair["state"] = pair["state"], state.value
    await unit.execute(_STATE, pair)
    link_id = await _link_of(unit, pair)
    if link_id is not None and state is not PairState.SAME:
        await links.unlink(unit, [link_id], pair, "error", source)
    elif link_id is None and state is PairState.SAME:
        await links.link(unit, pair, source)
    if before in SETTLED and state.value in pair_changes.OPEN:
        _raise_again(unit, pair, source, "judgement_taken_back")
    elif pair["kind"] == "signal" and state.value in SETTLED:
        await _publish(unit, pair, state, [_judgement(one) for one in given[:-1]], source)
    return state


async def assign(unit: UnitOfWork, principal: Principal, pair_id: UUID, assignee: str | None) -> None:
    """Give a pair to a reader, or back to the queue with None; who gave it to whom is kept."""
    check_reader(principal)
    await pair_in_scope(unit, principal, pair_id, lock=True)
    await unit.execute(_ASSIGN, {"pair_id": pair_id, "assignee": assignee})
    await unit.insert_many(assignments, [{"pair_id": pair_id, "assignee": assignee, "assigned_by": principal.id}])
