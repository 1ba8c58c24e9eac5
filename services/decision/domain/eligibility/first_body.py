"""The day another body received the request first, and what it moves.

Silence runs from that day whatever the body (CRPA L. 114-3; before 2016, loi 2000-321, art. 20). The right begins at
the deposit (décret 54-883, art. 44-1): it runs from that day only where the law of the day lets such a body receive the
request (CASF L. 252-1). See ``docs/decisions/0023``.
"""

from __future__ import annotations

import datetime as dt

from services.decision.domain.eligibility.check import Check, as_note, check
from services.decision.domain.eligibility.deposit import deposit
from services.decision.domain.eligibility.evidence import is_renewal
from services.decision.domain.eligibility.facts import CaseFacts
from services.decision.domain.eligibility.household import household
from services.decision.domain.eligibility.proofs import first_body_proven, observed
from services.decision.domain.law.rulebook import Law, NoRule, Rulebook
from shared.contract.facts import OWN_CHANNELS, Channel


def earlier_day(facts: CaseFacts) -> dt.date | None:
    """The day of a first body, where it is before the deposit and no person chose between the two."""
    first = facts.deposit.first_body_on
    if first is None or first >= facts.deposit.deposited_on or observed(facts, "deposited_on"):
        return None
    return first


def channel_of(facts: CaseFacts) -> Channel | None:
    """What kind of body it was: as told, else the body of the deposit; None where only the caisse is named."""
    given = facts.deposit
    if given.first_body_channel is not None:
        return given.first_body_channel
    return None if given.channel in OWN_CHANNELS else given.channel


def may_receive(facts: CaseFacts, first: dt.date, book: Rulebook) -> bool | None:
    """Would a deposit there on that day have counted? None: the body is not known, or a person must look."""
    channel = channel_of(facts)
    if channel is None:
        return None
    moved = {"channel": channel, "deposited_on": first}
    there = facts.model_copy(update={"deposit": facts.deposit.model_copy(update=moved)})
    law = Law(book, first)
    try:
        found = deposit(there, household(there, law), law, is_renewal(there, law))
    except NoRule:
        return None
    place = found[0].verdict
    return None if place == "human" else place == "met"


def dated(facts: CaseFacts, book: Rulebook) -> CaseFacts:
    """The facts with the day of the first body as their deposit, where it is proven and that body may receive it."""
    first = earlier_day(facts)
    if first is None or not first_body_proven(facts, first) or not may_receive(facts, first, book):
        return facts
    return facts.model_copy(update={"deposit": facts.deposit.model_copy(update={"deposited_on": first})})


def first_body(facts: CaseFacts, law: Law) -> list[Check]:
    """What is left to say of a first body whose day is not that of the deposit.

    A body that could not receive the request moves nothing but silence: a note. Where that is not known, or the day is
    only declared, a person chooses; a simulation keeps the deposit it was given, and says so.
    """
    first = earlier_day(facts)
    if first is None:
        return []
    able, kept = may_receive(facts, first, law.book), facts.deposit.deposited_on
    channel = channel_of(facts)
    value = f"{channel.value if channel else 'unknown'} {first}"
    effect = law.value("right.effect")
    if able is False:
        return [as_note(check(effect, None, "first_body_place", value, "met", limit=kept))]
    if first_body_proven(facts, first):
        if facts.hypothetical:
            return [as_note(check(effect, None, "first_body_place", value, "unknown", limit=kept))]
        return [check(effect, None, "first_body_place", value, "human", limit=kept)]
    rule = law.find("proof.first_body")
    if facts.hypothetical or rule is None:
        return []
    return [check(rule, None, "first_body_on", first, "human", limit=kept, proof="declared")]
