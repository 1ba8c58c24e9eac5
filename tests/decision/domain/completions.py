"""The unknown facts of a file, and the answers that each might turn out to have.

An answer is a change of the file. What would contradict what the file already proves is no answer: an entry after the
date of a residence paper, a birth outside of the year that is known.
"""

from __future__ import annotations

import datetime as dt
import itertools
import math
import random
from collections.abc import Callable, Collection, Iterator
from typing import Any

from services.decision.domain.eligibility.evaluation import Assessment, evaluate
from services.decision.domain.eligibility.facts import CaseFacts, CaseMember, CasePaper
from services.decision.domain.law.edition import current
from shared.calendar import add_days, add_months
from shared.contract.events import RequestedItem
from shared.contract.facts import Absence, Channel, Filer, Lodging, PaperUse, Relation, Representation, StayTitle
from tests.decision.files import paper

Answer = Callable[[CaseFacts], CaseFacts]
FEW, MANY = 24, 4_096
"""So many completions of one file are tried one by one; of more, as many are drawn."""


def member(rank: int, **changes: Any) -> Answer:
    """The file with other facts of one member."""

    def answered(facts: CaseFacts) -> CaseFacts:
        members = [one.model_copy(update=changes) if one.rank == rank else one for one in facts.members]
        return facts.model_copy(update={"members": members})

    return answered


def stay(rank: int, **changes: Any) -> Answer:
    """The file with other facts of the stay of one member."""

    def answered(facts: CaseFacts) -> CaseFacts:
        who = next(one for one in facts.members if one.rank == rank)
        return member(rank, stay=who.stay.model_copy(update=changes))(facts)

    return answered


def part(name: str, **changes: Any) -> Answer:
    """The file with other facts of its deposit or of its means."""
    return lambda facts: facts.model_copy(update={name: getattr(facts, name).model_copy(update=changes)})


def nothing(facts: CaseFacts) -> CaseFacts:
    """The file as it stands: the paper never comes, the fact is never told."""
    return facts


def unknowns(facts: CaseFacts) -> dict[str, list[Answer]]:
    """The answers to each thing the file does not say, under the name of the fact."""
    found: dict[str, list[Answer]] = {}
    for one in facts.members:
        found |= {f"{name}.{one.rank}": answers for name, answers in _of_a_member(one, facts).items()}
    found |= _of_the_deposit(facts) | _of_the_means(facts) | _of_earlier_rights(facts) | _of_papers(facts)
    return {name: answers for name, answers in found.items() if answers}


def _of_a_member(one: CaseMember, facts: CaseFacts) -> dict[str, list[Answer]]:
    on, rank, here = facts.deposit.deposited_on, one.rank, one.stay
    found: dict[str, list[Answer]] = {}
    ages = _ages(one.relation, facts.members[0].birth_date, on)
    if one.birth_date is None:
        found["birth_date"] = [member(rank, birth_date=f"{on.year - age:04}-{on.month:02}-01") for age in ages]
    elif one.birth_date.endswith("00"):
        year, month = one.birth_date[:4], one.birth_date[5:7]
        days = [f"{year}-01-01", f"{year}-12-31"] if month == "00" else [f"{year}-{month}-01", f"{year}-{month}-28"]
        found["birth_date"] = [member(rank, birth_date=day) for day in days]
    if here.entered_on is None:
        seen = min((one.dated for one in facts.papers if one.use is PaperUse.RESIDENCE and one.dated), default=on)
        days_of_entry = [add_months(on, -30), add_months(on, -7), add_months(on, -5), add_days(add_months(on, -3), -1)]
        days_of_entry += [add_months(on, -3), add_months(on, -1), on]
        known = [day for day in days_of_entry if rank or day <= seen]
        found["entered_on"] = [stay(rank, entered_on=day) for day in known]
        if here.irregular_since is None and here.title is StayTitle.NONE and here.title_until is None:
            began = [add_months(on, -5), add_months(on, -1)]
            found["irregular_since"] = [nothing, *(stay(rank, irregular_since=day) for day in began)]
    if here.title is StayTitle.VISA and here.title_until is None:
        ends = (add_months(on, -30), add_days(add_months(on, -3), -1), add_months(on, -3), add_months(on, 2))
        found["title_until"] = [stay(rank, title_until=day) for day in ends]
    if here.insured_before is None:
        found["insured_before"] = [stay(rank, insured_before=said) for said in (True, False)]
    if here.title is StayTitle.EU_NATIONAL and here.right_of_residence is None:
        found["right_of_residence"] = [stay(rank, right_of_residence=said) for said in (True, False)]
    if here.left_france and not here.absences:
        old = Absence(left_on=add_months(on, -20), returned_on=add_months(on, -19))
        new = Absence(left_on=add_months(on, -2), returned_on=add_months(on, -1))
        found["absences"] = [stay(rank, absences=[one]) for one in (old, new)]
    if one.relation not in {Relation.APPLICANT, Relation.SPOUSE, Relation.CHILD}:
        if one.in_charge is None:
            found["in_charge"] = [member(rank, in_charge=said) for said in (True, False)]
        if one.living_together_since is None:
            since = (add_months(on, -40), add_months(on, -1))
            found["living_together_since"] = [member(rank, living_together_since=day) for day in since]
    return found


def _ages(relation: Relation, applicant: str | None, on: dt.date) -> tuple[int, ...]:
    """The ages of somebody whose birth is not known: a child is younger than the applicant, an ascendant older."""
    oldest = on.year - int(applicant[:4]) if applicant is not None else None
    if relation is Relation.CHILD:
        ages = (3, 17, 19, 30)
        return ages if oldest is None else tuple(age for age in ages if age < oldest - 1) or (1,)
    return (60, 90) if relation is Relation.ASCENDANT and oldest is not None and oldest > 18 else (17, 40)


def _of_the_deposit(facts: CaseFacts) -> dict[str, list[Answer]]:
    given = facts.deposit
    found = {}
    if given.channel is Channel.HOSPITAL and given.treated_there is None:
        found["treated_there"] = [part("deposit", treated_there=said) for said in (True, False)]
    if given.channel in {Channel.ASSOCIATION, Channel.HEALTH_CENTRE} and given.agreed is None:
        found["agreed"] = [part("deposit", agreed=said) for said in (True, False)]
    if given.filed_by is Filer.REPRESENTATIVE and given.representation is None:
        found["representation"] = [part("deposit", representation=one) for one in Representation]
    return found


def _of_the_means(facts: CaseFacts) -> dict[str, list[Answer]]:
    means = facts.means
    found = {}
    if means.estimate_cents is None and not means.incomes:
        found["means"] = [part("means", estimate_cents=cents) for cents in (0, 300_000, 9_900_000)]
    if facts.lodging is Lodging.HOSTED_FREE and means.free_lodging_months == 0:
        found["free_lodging_months"] = [part("means", free_lodging_months=number) for number in (0, 1, 6, 12)]
    if means.situation_changed and means.recent_reason is None:
        answers = [part("means", recent_reason="job_lost"), part("means", situation_changed=False)]
        found["recent_reason"] = answers
    return found


def _of_earlier_rights(facts: CaseFacts) -> dict[str, list[Answer]]:
    """The end of an earlier right of which the day it was asked for is known, or nothing at all."""
    on = facts.deposit.deposited_on
    found: dict[str, list[Answer]] = {}
    for at, right in enumerate(facts.earlier_rights):

        def other(at: int = at, **changes: Any) -> Answer:
            return lambda one: one.model_copy(
                update={
                    "earlier_rights": [
                        was.model_copy(update=changes) if number == at else was
                        for number, was in enumerate(one.earlier_rights)
                    ]
                }
            )

        if right.granted and right.ends_on is None:
            ends = (add_months(on, -30), add_months(on, -3), add_days(on, -5), add_months(on, 1), add_months(on, 7))
            found[f"right_ends_on.{at}"] = [other(ends_on=day) for day in ends]
        elif right.starts_on is None and right.ends_on is not None:
            begins = add_days(add_months(right.ends_on, -12), 1)
            found[f"right_starts_on.{at}"] = [other(starts_on=begins)]
        if right.granted and right.deposited_on is None and right.ends_on is not None:
            asked = add_days(add_months(right.ends_on, -12), 1)
            found[f"right_deposited_on.{at}"] = [
                other(deposited_on=day) for day in (asked, add_months(asked, -2)) if day <= on
            ]
    return found


def _of_papers(facts: CaseFacts) -> dict[str, list[Answer]]:
    """A paper whose date is not known, and one that lacks, which comes or does not."""
    on = facts.deposit.deposited_on
    found: dict[str, list[Answer]] = {}
    for at, one in enumerate(facts.papers):
        if one.dated is None and one.use is PaperUse.RESIDENCE:
            dates = [add_months(on, -months) for months in (1, 4, 14)]
            found[f"paper_dated.{at}"] = [_dated(one, day) for day in dates]
    for item in evaluate(facts, current()).items:
        if item.accepted and item.code not in {"entry_date", "title_end", "birth_date", "means"}:
            found[f"paper.{item.code}.{item.member_rank}"] = [nothing, _handed_in(item, on)]
    return found


def _dated(paper: CasePaper, day: dt.date) -> Answer:
    return lambda facts: facts.model_copy(
        update={
            "papers": [
                one.model_copy(update={"dated": day}) if one.paper_id == paper.paper_id else one for one in facts.papers
            ]
        }
    )


def _handed_in(item: RequestedItem, on: dt.date) -> Answer:
    """A paper of the list that the law of the day asks for, of an age that it accepts."""
    rank, kind = item.member_rank, item.accepted[-1] if item.code == "residence" else item.accepted[0]
    use = item.code if item.code in {"identity", "residence"} else "other"
    told = [paper(kind, use, rank, add_months(on, -5).isoformat(), has_photo=True)]
    if kind in item.with_statement:
        told.append(paper("host_statement", "other", rank))
    added = [CasePaper.model_validate(one) for one in told]
    return lambda one: one.model_copy(update={"papers": [*one.papers, *added]})


def completed(facts: CaseFacts, dice: random.Random, most: int) -> Iterator[CaseFacts]:
    """The file with every unknown fact answered, in every way where they are few, else in ``most`` ways drawn."""
    answers = list(unknowns(facts).values())
    if math.prod(len(one) for one in answers) <= most:
        ways: Iterator[tuple[Answer, ...]] = itertools.product(*answers)
    else:
        extremes = [tuple(one[end] for one in answers) for end in (0, -1)]
        ways = itertools.chain(extremes, (tuple(dice.choice(one) for one in answers) for _ in range(most)))
    for way in ways:
        done = facts
        for answer in way:
            done = answer(done)
        yield done


def impossible(made: Assessment) -> bool:
    """Whether the answers make a child who is older than the applicant: those are not the facts of one family."""
    return any(one.rule == "doubt.generation" for one in made.findings)


def certain(facts: CaseFacts, ranks: Collection[int], dice: random.Random) -> dict[int, str]:
    """By rank, of these ranks, the one verdict of a member in every completion of the file, where there is one.

    Few completions tell most verdicts apart; what they do not tell apart is tried again with many.
    """
    found = _alike(facts, ranks, dice, FEW)
    settled = [rank for rank, verdict in found.items() if verdict in {"grant", "refuse"}]
    return _alike(facts, settled, dice, MANY) if settled else {}


def _alike(facts: CaseFacts, ranks: Collection[int], dice: random.Random, most: int) -> dict[int, str]:
    verdicts: dict[int, set[str]] = {rank: set() for rank in ranks}
    for whole in completed(facts, dice, most):
        for one in evaluate(whole, current()).members:
            if one.rank in verdicts:
                verdicts[one.rank].add(one.proposal)
        if all(len(seen) > 1 for seen in verdicts.values()):
            break
    return {rank: seen.pop() for rank, seen in verdicts.items() if len(seen) == 1}
