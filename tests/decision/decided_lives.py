"""Cases that were decided: refused by hand, granted by hand, refused by silence."""

from __future__ import annotations

from services.decision.domain.case import decision, due_dates
from services.decision.domain.case.grounds import motive
from services.decision.domain.eligibility.entitlements import entitlements
from services.decision.domain.eligibility.evaluation import evaluate
from services.decision.domain.law.edition import current
from tests.decision.files import applicant, day
from tests.decision.lives import BY_HAND, Life, context, letter_notified, submitted

AGENT = decision.Signature("agent-7")


def refused(year: int = 2026) -> Life:
    """Received on 10 March, refused on 20 March for a stay too short, told on 24 March."""
    start = f"{year}-03-10"
    life = Life(BY_HAND, start).live([submitted(deposited=start, members=applicant(start, entered_on=f"{year}-02-01"))])
    ground = motive("residence_too_short", 0, current(), day(start))
    life.case, life.emitted = decision.refuse(life.case, [ground], False, context(f"{year}-03-20", BY_HAND), AGENT)
    life.live([letter_notified(life.case.decision_id, "proved", f"{year}-03-24")], on=f"{year}-03-25")
    return life


def granted(year: int = 2026) -> Life:
    start = f"{year}-03-10"
    life = Life(BY_HAND, start).live([submitted(deposited=start)])
    assert life.facts is not None
    rights = entitlements(life.facts, current(), day(start), [0])
    found = evaluate(life.facts, current())
    life.case, life.emitted = decision.grant(life.case, found, rights, [], context(f"{year}-03-20", BY_HAND), AGENT)
    return life


def lapsed() -> Life:
    life = Life(BY_HAND, "2026-03-10").live([submitted(deposited="2026-03-10")])
    life.case, life.emitted = due_dates.tick(life.case, context("2026-05-11", BY_HAND))
    assert life.case.state == "lapsed"
    return life
