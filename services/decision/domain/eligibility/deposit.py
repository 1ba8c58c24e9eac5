"""How an application was filed: where, by whom, at the competent caisse. None of it ever refuses a right by itself."""

from __future__ import annotations

import datetime as dt

from services.decision.domain.eligibility.check import Check, Verdict, as_note, check, item, proof_source
from services.decision.domain.eligibility.facts import CaseFacts, department_of
from services.decision.domain.eligibility.household import Household
from services.decision.domain.eligibility.proofs import domiciled
from services.decision.domain.law.rulebook import Law
from services.decision.domain.law.value_types import Channels, Competence, Exceptions, InPerson, Lists, Representatives
from shared.contract.facts import OWN_CHANNELS, Channel, EarlierRight, Filer, Kind, Lodging, PaperKind, Representation


def deposit(facts: CaseFacts, home: Household, law: Law, renewal: bool) -> list[Check]:
    """Does the deposit count? The channel of the day (CASF L. 252-1), and since 2021 who came (D. 252-2).

    Isolated minors may be sent by anyone. A deposit that does not count is never refused alone: a person guides.
    """
    given = facts.deposit
    channels: Channels = law.value("deposit.channels").value
    lists = channels.renewal if renewal else channels.first
    minors = home.minors_alone and bool(law.value("deposit.minors_by_anyone").value)
    verdict: Verdict = "met" if minors else _channel(facts, lists, law, renewal)
    limit = " ".join(channel.value for channel in lists.accepted)
    proof = proof_source(facts, "treated_there") if given.channel is Channel.HOSPITAL else proof_source(facts, "agreed")
    channel = given.channel.value
    found = [check(law.value("deposit.channels"), None, "deposit_channel", channel, verdict, limit=limit, proof=proof)]
    if given.filed_by is Filer.REPRESENTATIVE and not minors:
        found.append(_representative(facts, law))
    rule = law.value("deposit.in_person")
    person: InPerson | None = rule.value
    if person is None or renewal or minors or given.channel not in person.channels:
        return found
    verdict = "met" if given.filed_by in person.accepted else "human" if given.filed_by in person.human else "not_met"
    exceptions = law.find("deposit.exceptions")
    proof = proof_source(facts, "filed_by")
    if verdict != "met" and given.reduced_mobility and exceptions is not None and exceptions.value.reduced_mobility:
        rule, verdict, proof = exceptions, "met", proof_source(facts, "reduced_mobility")
    limit = " ".join(filer.value for filer in person.accepted)
    return [*found, check(rule, None, "filed_by", given.filed_by.value, verdict, limit=limit, proof=proof)]


def _channel(facts: CaseFacts, lists: Lists, law: Law, renewal: bool) -> Verdict:
    given = facts.deposit
    verdict: Verdict = (
        "met" if given.channel in lists.accepted else "human" if given.channel in lists.human else "not_met"
    )
    rule = law.find("deposit.exceptions")
    if rule is None:
        return verdict
    exceptions: Exceptions = rule.value
    if renewal:
        strange = given.channel in exceptions.treated and given.treated_there is False
        return "not_met" if strange and exceptions.treated_renewals else verdict
    if given.channel in exceptions.treated and given.treated_there is False:
        return "not_met"
    if given.channel in exceptions.agreed and given.agreed is not None:
        return "met" if given.agreed else "not_met"
    if verdict == "not_met" and given.reduced_mobility and exceptions.reduced_mobility:
        return "human"
    return verdict


def _representative(facts: CaseFacts, law: Law) -> Check:
    """In what capacity the representative files (décret 54-883, art. 43-1 and 43-2); a person looks when it is
    unsaid."""
    rule = law.value("filing.representation")
    lists: Representatives = rule.value
    capacity = facts.deposit.representation
    verdict: Verdict = "met" if capacity in lists.accepted else "human"
    limit = " ".join(one.value for one in lists.accepted)
    said = capacity.value if capacity else "none"
    return check(rule, None, "representation", said, verdict, limit=limit, proof=proof_source(facts, "representation"))


def competence(facts: CaseFacts, law: Law) -> list[Check]:
    """Is the caisse that has the file that of the residence, or of the domicile elected (décret 2005-860, art. 1)?

    Another département: the file is to be sent on, never refused. Nothing is said when either is not known.
    """
    rule = law.find("competence.area")
    if rule is None:
        return []
    area: Competence = rule.value
    proof = proof_source(facts, "domiciled")
    found = []
    if facts.lodging is Lodging.HOMELESS and not domiciled(facts) and not _under_guardianship(facts):
        asked = item("domiciliation", 0, [PaperKind.DOMICILIATION_ATTESTATION])
        found.append(check(rule, None, "domiciliation", "none", "unknown", item=asked, proof=proof))
    here = department_of(f"{facts.caisse}00") if facts.caisse else None
    where = facts.department or here
    if where in area.without:
        found.append(check(rule, None, "department", where, "human", limit="", proof="declared"))
    elif here and facts.department:
        verdict: Verdict = "met" if here == facts.department else "not_met"
        found.append(check(rule, None, "department", facts.department, verdict, limit=here, proof="declared"))
    return found


def _under_guardianship(facts: CaseFacts) -> bool:
    """A person under guardianship has the residence of the guardian (décret 54-883, art. 43-2)."""
    given = facts.deposit
    return given.filed_by is Filer.REPRESENTATIVE and given.representation is Representation.GUARDIAN


def open_rights(facts: CaseFacts, law: Law, renewal: bool) -> list[Check]:
    """A right open on the day of a first application: at another caisse the file is moved, at this one a person says
    what the application is for. No second right opens [M]."""
    if renewal:
        return []
    found = []
    for right in facts.earlier_rights:
        if not _open(right, law.deposit):
            continue
        elsewhere = right.caisse is not None and facts.caisse is not None and right.caisse != facts.caisse
        rule = law.find("right.open_elsewhere" if elsewhere else "right.open_here")
        if rule is not None:
            limit = right.caisse if elsewhere else ""
            found.append(check(rule, None, "right_ends_on", right.ends_on, "human", limit=limit, proof="declared"))
    return found


def _open(right: EarlierRight, on: dt.date) -> bool:
    if not right.granted or right.ends_on is None or right.ends_on < on:
        return False
    return right.starts_on is None or right.starts_on <= on


def to_transmit(facts: CaseFacts, law: Law, renewal: bool) -> bool:
    """Did another body take the application, with days in which to send it on? Not of a renewal since 30 December
    2019."""
    if facts.deposit.channel in OWN_CHANNELS:
        return False
    kinds = law.find("deposit.transmission_of")
    return kinds is None or (Kind.RENEWAL if renewal else Kind.FIRST) in kinds.value


def transmission(facts: CaseFacts, law: Law, renewal: bool) -> Check | None:
    """Did the body that took the application send it on within eight days? The person does not answer for it: a
    note."""
    if not to_transmit(facts, law, renewal):
        return None
    rule = law.value("deposit.transmission")
    days = (facts.deposit.received_on - facts.deposit.deposited_on).days
    return as_note(
        check(rule, None, "days_to_transmit", days, "met" if days <= rule.value else "not_met", limit=rule.value)
    )
