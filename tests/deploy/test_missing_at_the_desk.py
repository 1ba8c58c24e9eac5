"""What the desk says is missing is what the letter asks for afterwards, item by item, on every file of the
demonstration."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from itertools import chain
from uuid import UUID

from deploy import reference
from deploy.demo import script
from deploy.demo.script import Sending
from services.decision.domain.case.apply_event import apply_event
from services.decision.domain.case.case import Case
from services.decision.domain.case.context import CaissePolicy, DecisionContext
from services.decision.domain.law import edition
from services.decision.domain.simulation.request import read
from services.decision.domain.simulation.simulate import simulate
from services.intake.domain.application import ActionContext
from services.intake.domain.contradictions import FixedReferenceLookup
from services.intake.domain.csv_import.lines import groups_of, header_of, rows_of
from services.intake.domain.csv_import.records import record
from services.intake.domain.interview.document import without_names
from shared.contract.events import Actor, ApplicationSubmitted, PapersRequested

CAISSES, BODIES = reference.caisses(), reference.deposit_bodies()
LEAST = 380
"""Applications of the demonstration that intake takes, and more."""
Items = set[tuple[str, int]]


def filed() -> Iterator[ApplicationSubmitted]:
    """Every application of the demonstration that intake takes, as it tells it."""
    play = script.load(frozenset(CAISSES))
    pairs = chain.from_iterable(pair for day in play.simultaneous.values() for pair in day)
    for sending in chain(pairs, *play.sendings.values()):
        yield from _of(sending)


def _of(sending: Sending) -> Iterator[ApplicationSubmitted]:
    lines = sending.csv.decode().splitlines()
    codes = FixedReferenceLookup(frozenset(CAISSES), {code: body.channel for code, body in BODIES.items()})
    by = ActionContext(Actor(role="frontend", id="demo"), "", dt.datetime.now(dt.UTC), sending.day)
    for group in groups_of(rows_of(lines[1:], header_of(lines[0]))):
        found = record(group, import_id=UUID(int=0), caisse=sending.caisse, scope=None, known=codes, by=by, resolved={})
        if not isinstance(found, list) and isinstance(found[1][0], ApplicationSubmitted):
            yield found[1][0].model_copy(update={"sequence": 1})  # as it leaves: the first of its file


def at_the_desk(told: ApplicationSubmitted) -> Items:
    """What the last page of the interview shows, from the question that it sends: no name, no number, no address."""
    made = {"caisse": told.caisse, **told.facts.model_dump(mode="json", exclude_none=True)}
    for person in made["members"]:
        del person["member_id"]
    for paper in made["papers"]:
        del paper["paper_id"]
    question = read(json.dumps(without_names(made)).encode())
    caisse = CAISSES[told.caisse]
    outcome = simulate(
        question, edition.current(), edition.collection(), overseas=caisse.overseas, department=caisse.department
    )
    return {(item.code, item.member_rank) for item in outcome.ask}


def asked_for(told: ApplicationSubmitted) -> Items:
    """What decision asks for by letter once it heard of the application."""
    caisse = CAISSES[told.caisse]
    policy = CaissePolicy(overseas=caisse.overseas, department=caisse.department)
    context = DecisionContext(told.business_date, edition.current(), policy, edition.engine_digest())
    step = apply_event(Case(application_id=told.application_id, caisse=told.caisse), None, told, context)
    asked = [one.fields["items"] for one in step.emissions if one.event is PapersRequested]
    return {(item.code, item.member_rank) for items in asked for item in items}


def test_what_is_missing_at_the_desk_is_what_the_letter_asks_for() -> None:
    files = list(filed())
    assert len(files) >= LEAST
    both = [(one, at_the_desk(one), asked_for(one)) for one in files]
    assert {str(one.application_id): (desk, letter) for one, desk, letter in both if desk != letter} == {}
    assert sum(bool(letter) for _, _, letter in both) >= 70, "files that lack something are among them"
