"""The conditions of the right other than means and papers: the deposit, the stay, the residence."""

from __future__ import annotations

import datetime as dt

from services.decision.casefacts import CaseFacts
from services.decision.checks import Check, Verdict, check
from services.decision.clocks import add_days, add_months
from services.decision.household import Household, Place
from services.decision.rulebook import Rulebook
from services.decision.shapes import Channels, ExemptNationals, InPerson, Residence, Titles
from shared.facts import Channel, Stay, StayTitle

EXEMPT = {StayTitle.VISA_EXEMPT, StayTitle.EU_NATIONAL}


def deposit(facts: CaseFacts, home: Household, book: Rulebook, on: dt.date, renewal: bool) -> list[Check]:
    """Does the deposit count? The channel of the day (CASF L. 252-1), and since 2021 who came (D. 252-2).

    Isolated minors may be sent by anyone. A deposit that does not count is never refused alone: a person guides.
    """
    given = facts.deposit
    law = book.value("deposit.channels", on)
    channels: Channels = law.value
    lists = channels.renewal if renewal else channels.first
    minors = home.minors_alone and bool(book.value("deposit.minors_by_anyone", on).value)
    if given.channel in lists.accepted or minors:
        verdict: Verdict = "met"
    else:
        verdict = "human" if given.channel in lists.human else "not_met"
    limit = " ".join(channel.value for channel in lists.accepted)
    found = [check(law, None, "deposit_channel", given.channel.value, verdict, limit=limit)]
    law = book.value("deposit.in_person", on)
    person: InPerson | None = law.value
    if person is None or renewal or minors or given.channel not in person.channels:
        return found
    verdict = "met" if given.filed_by in person.accepted else "human" if given.filed_by in person.human else "not_met"
    limit = " ".join(filer.value for filer in person.accepted)
    return [*found, check(law, None, "filed_by", given.filed_by.value, verdict, limit=limit)]


def transmission(facts: CaseFacts, book: Rulebook, on: dt.date) -> Check | None:
    """Did the body that took the application send it on within eight days? A note only: the person does not answer for it."""
    if facts.deposit.channel in {Channel.CPAM, Channel.POST}:
        return None
    law = book.value("deposit.transmission", on)
    days = (facts.deposit.received_on - facts.deposit.deposited_on).days
    return check(law, None, "days_to_transmit", days, "met" if days <= law.value else "not_met", limit=law.value)


def exempt_until(stay: Stay, book: Rulebook, on: dt.date) -> dt.date | None:
    """The last day of the first months during which a European or visa-exempt national is regular; None if unknown."""
    law: ExemptNationals = book.value("residence.exempt_nationals", on).value
    return add_months(stay.entered_on, law.regular_months) if stay.entered_on else None


def irregular_stay(place: Place, book: Rulebook, on: dt.date) -> list[Check]:
    """Irregular on the day of the deposit (CASF L. 251-1); a regular stay leads to the insurance scheme.

    An expired title may have left rights to health insurance for some months: a person looks.
    """
    law = book.value("stay.titles", on)
    titles: Titles = law.value
    stay, rank = place.member.stay, place.rank
    valid = stay.title_until is None or stay.title_until >= on
    value = f"{stay.title.value} {stay.title_until or ''}".strip()
    checks = []
    if stay.title in titles.human:
        verdict: Verdict = "human"
    elif stay.title in titles.regular and valid:
        verdict = "not_met"
    elif stay.title in titles.regular_while_valid:
        verdict = "human" if stay.title_until is None else "not_met" if valid else "met"
    elif stay.title in EXEMPT:
        until = exempt_until(stay, book, on)
        verdict = "human" if until is None else "not_met" if until >= on else "met"
    elif stay.irregular_since is not None and stay.irregular_since > on:
        verdict = "not_met"
    else:
        verdict = "met"
    checks.append(check(law, rank, "stay_title", value, verdict, limit=on, motive="regular_stay"))
    if verdict == "met" and stay.title in titles.insured and stay.title_until is not None:
        kept = book.value("stay.maintained_rights", stay.title_until)
        end = add_months(stay.title_until, int(kept.value))
        if end >= on:
            checks.append(check(kept, rank, "title_ended_on", stay.title_until, "human", limit=end))
    return checks


def irregular_from(stay: Stay, book: Rulebook, on: dt.date) -> dt.date | None:
    """The first day of uninterrupted irregular residence, from entry and the end of visa, permit or exemption."""
    starts = [day for day in (stay.entered_on, stay.irregular_since) if day is not None]
    if stay.title_until is not None:
        starts.append(add_days(stay.title_until, 1))
    if stay.title in EXEMPT:
        until = exempt_until(stay, book, on)
        if until is None:
            return None
        starts.append(add_days(until, 1))
    return max(starts) if stay.entered_on is not None or stay.irregular_since is not None else None


def _longer(start: dt.date, months: int, on: dt.date) -> bool:
    """More than so many months on a day: exactly that long is not enough."""
    return add_months(start, months) < on


def residence(place: Place, book: Rulebook, on: dt.date, proved_since: dt.date | None) -> list[Check]:
    """More than three months of uninterrupted residence, by the mode of the day (CASF L. 251-1). Adults only.

    ``proved_since``: the date of the applicant's residence paper, which stands in for an unknown entry before 2020 and
    contradicts a later one.
    """
    law = book.value("residence.condition", on)
    mode: Residence = law.value
    stay, rank = place.member.stay, place.rank
    since = proved_since if rank == 0 else None
    checks: list[Check] = []
    entered = stay.entered_on or since
    irregular = irregular_from(stay, book, on)
    present = None if entered is None else _longer(entered, mode.months, on)
    long_irregular = None if irregular is None else _longer(irregular, mode.months, on)
    if mode.mode == "presence":
        start, answer = entered, present
    elif mode.mode == "irregular":
        start, answer = irregular, long_irregular
    else:
        start, answer = irregular, False if present is False else None
    verdict: Verdict = "human" if answer is None else "met" if answer else "not_met"
    limit = add_months(on, -mode.months)
    fact = "entered_on" if mode.mode == "presence" else "irregular_since"
    checks.append(check(law, rank, fact, start or "", verdict, limit=limit, motive="residence_too_short"))
    if stay.entered_on is not None and since is not None and since < stay.entered_on:
        checks.append(check(law, rank, "residence_paper_before_entry", since, "human", limit=stay.entered_on))
    exempt = book.value("residence.exempt_nationals", on)
    rule: ExemptNationals = exempt.value
    if rule.human and stay.title in EXEMPT:
        papers = book.value("papers.visa_exempt", on)
        checks.append(check(papers, rank, "stay_title", stay.title.value, "human", limit=papers.value.min_age_months))
    if stay.left_france:
        checks.append(check(law, rank, "left_france", "true", "human"))
    return checks


def residence_met_on(stay: Stay, book: Rulebook, on: dt.date) -> bool | None:
    """Was the residence condition met on an earlier day (of care)? None when unsure."""
    law = book.find("residence.condition", on)
    if law is None or law.value.mode == "grey":
        return None
    mode: Residence = law.value
    start = stay.entered_on if mode.mode == "presence" else irregular_from(stay, book, on)
    return None if start is None else _longer(start, mode.months, on)
