"""Each date that a letter prints is that of the case's clock: both read the same dated values."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest

from services.decision.domain.delays import acts
from services.decision.domain.delays.first_body import first_body
from services.decision.domain.delays.timeline import timeline
from services.decision.domain.eligibility.planned_care import open_from
from services.decision.domain.law.edition import current
from services.decision.domain.law.rulebook import Law
from services.letters.domain import library
from services.letters.domain.composition import compose
from services.letters.domain.kinds.rapo_receipt import RapoReceipt
from services.letters.domain.recipient import recipient_of
from services.letters.domain.triggers import LetterRequest, letter_requests
from services.reporting.domain.application_record import is_minor
from services.reporting.domain.indicators import ADULT, DAYS
from shared.calendar import add_months
from shared.contract import events, facts
from shared.contract.facts import SaidBy
from shared.contract.legal_values import legal_value
from shared.contract.letter_kinds import LetterKind
from shared.french import long_date
from shared.ids import named_uuid
from tests.letters import cases

DEPOSITS = [
    ("2008-03-03", "2008-03-07", None, SaidBy.DECLARED),
    ("2008-03-03", "2008-03-07", None, SaidBy.STAMP),
    ("2008-03-03", "2008-03-07", None, SaidBy.BODY),
    ("2014-12-31", "2014-12-31", None, SaidBy.DECLARED),
    ("2022-05-10", "2022-05-10", "2022-05-03", SaidBy.STAMP),
    ("2022-05-10", "2022-05-12", "2022-05-03", SaidBy.BODY),
    ("2022-05-10", "2022-05-12", "2022-05-03", SaidBy.DECLARED),
    ("2026-08-31", "2026-08-31", None, SaidBy.DECLARED),
]


def deposit(deposited: str, received: str, first: str | None, by: SaidBy) -> facts.Deposit:
    return facts.Deposit(
        channel=facts.Channel.CCAS,
        body="ccas-saint-denis",
        deposited_on=dt.date.fromisoformat(deposited),
        received_on=dt.date.fromisoformat(received),
        first_body_on=dt.date.fromisoformat(first) if first else None,
        first_body_by=by,
    )


def printed(request: LetterRequest, epoch: cases.Epoch, handed_in: facts.Deposit) -> str:
    """All that a letter says, as one text."""
    known = cases.application_facts(cases.PILOT).model_copy(update={"deposit": handed_in})
    recipient = recipient_of(cases.APPLICATION, "931", known, "2008-931-000042")
    texts = library.mentions(), library.wording(), library.envelopes()["dl"]
    letter = compose(request, recipient, epoch.references, *texts, epoch.deposited_on)
    return json.dumps(letter.content, ensure_ascii=False)


@pytest.mark.parametrize("given", DEPOSITS, ids=lambda given: f"{given[0]} {given[2]} {given[3]}")
def test_the_day_of_silence_of_the_acknowledgement(given: tuple[str, str, str | None, SaidBy]) -> None:
    handed_in = deposit(*given)
    epoch = cases.Epoch(handed_in.received_on, cases.RAPO)
    story: list[acts.Act] = [
        acts.Deposited(on=handed_in.deposited_on, transmitted=True, **first_body(handed_in)),
        acts.Received(on=handed_in.received_on),
    ]
    clock = next(one for one in timeline(story, current()) if one.name == "implicit_refusal")
    assert clock.due_on is not None
    text = printed(letter_requests(cases.submitted(epoch))[0], epoch, handed_in)
    assert long_date(clock.due_on) in text
    assert clock.starts_on is not None
    assert long_date(clock.starts_on) in text
    elsewhere = clock.starts_on != handed_in.received_on
    assert ("vient de la caisse compétente" in text) is elsewhere


@pytest.mark.parametrize("starts", ["2008-03-03", "2021-01-01", "2024-02-29", "2026-10-05"])
def test_the_days_of_the_admission(starts: str) -> None:
    """The renewal and the planned care of a first admission."""
    day = dt.date.fromisoformat(starts)
    epoch = cases.Epoch(day, cases.RAPO)
    handed_in = deposit(starts, starts, None, SaidBy.DECLARED)
    opens = open_from(day, [], True, current())
    right = events.Entitlement(
        member_id=cases.APPLICANT,
        member_rank=0,
        starts_on=day,
        ends_on=add_months(day, 12) - dt.timedelta(days=1),
        planned_care_from=opens,
    )
    event = cases.granted(cases.TODAY).model_copy(update={"entitlements": [right], "effect_on": day})
    text = printed(letter_requests(event)[0], epoch, handed_in)
    window = int(Law(current(), day).value("right.renewal_window").value)
    assert long_date(add_months(right.ends_on, -window)) in text
    assert opens is None or long_date(opens) in text


def test_no_service_knows_a_number_of_its_own() -> None:
    book = current()
    for rule in ("clock.implicit_refusal", "clock.appeal_silence", "right.renewal_window", "adult_age"):
        for value in book.history(rule):
            shared: Any = legal_value(rule, value.valid_from)
            assert shared == value.raw, (rule, value.valid_from)
    assert book.value("deposit.transmission", dt.date(2026, 11, 1)).value == DAYS
    assert book.value("adult_age", dt.date(2026, 11, 1)).value == ADULT
    born = facts.Member(
        member_id=named_uuid("m"), rank=0, relation=facts.Relation.APPLICANT, family_name="", birth_date="2008-05-02"
    )
    assert is_minor(born, add_months(dt.date(2008, 5, 1), 12 * ADULT))
    assert not is_minor(born, add_months(dt.date(2008, 5, 2), 12 * ADULT))


@pytest.mark.parametrize("filed", ["2019-01-31", "2023-12-31", "2026-10-05"])
def test_the_day_of_silence_of_the_receipt_of_an_appeal(filed: str) -> None:
    day = dt.date.fromisoformat(filed)
    decided = day - dt.timedelta(days=20)
    story: list[acts.Act] = [
        acts.Received(on=decided - dt.timedelta(days=20)),
        acts.Decided(on=decided, outcome="refused"),
        acts.AppealFiled(on=day, body="rapo"),
    ]
    clock = next(one for one in timeline(story, current()) if one.name == "appeal_silence")
    assert clock.due_on is not None
    details = RapoReceipt(filed_on=day, decided_on=decided)
    request = LetterRequest(LetterKind.RAPO_RECEIPT, cases.APPLICATION, "appeal-1", details)
    handed_in = deposit(filed, filed, None, SaidBy.DECLARED)
    assert long_date(clock.due_on) in printed(request, cases.Epoch(day, cases.RAPO), handed_in)


FOUR_THINGS = ("But de ce traitement", "règles qui définissent ce traitement", "simple lettre", "CADA")
"""CRPA R. 311-3-1-1: the purpose, the right to the rules and main features, how to use it, the way to the CADA."""


@pytest.mark.parametrize("key", ["algorithm", "algorithm_help"])
def test_the_mention_of_the_algorithm_gives_the_four_things(key: str) -> None:
    mention = library.mentions().on(key, dt.date(2026, 10, 5))
    assert mention is not None
    text = " ".join(str(mention.text).split())
    for thing in FOUR_THINGS:
        assert thing in text, (key, thing)
