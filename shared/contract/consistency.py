"""Facts that cannot all be true: each finding names the two fields that contradict each other.

One function for all who take facts: intake at the door, decision in simulations. It speaks only when no reading of the
facts could be true: a birth in ``1984-00-00`` may have been on any day of that year. It says nothing about rights.
"""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Protocol

from shared.contract.birth_years import of_other_calendar
from shared.contract.facts import Absence, Care, Deposit, EarlierRight, Filer, Relation, Stay
from shared.contract.input_errors import InputError
from shared.french import french_date as day


class Person(Protocol):
    """What is compared of one member, by whatever model holds it."""

    @property
    def rank(self) -> int:
        """The member's rank; 0 is the applicant."""

    @property
    def relation(self) -> Relation:
        """Relation to the applicant."""

    @property
    def birth_date(self) -> str | None:
        """YYYY-MM-DD, with 00 for a part that is not known."""

    @property
    def in_regular_stay(self) -> bool:
        """Whether the member is in regular stay."""

    @property
    def living_together_since(self) -> dt.date | None:
        """First day of the life together."""

    @property
    def shared_custody(self) -> bool | None:
        """Whether a child lives in turn with each parent; None when it was not said."""

    @property
    def stay(self) -> Stay:
        """What is known of the member's stay."""


class Posted(Protocol):
    """What is compared of one paper."""

    @property
    def dated(self) -> dt.date | None:
        """The day that the paper bears."""

    @property
    def posted_on(self) -> dt.date | None:
        """The day of the postmark."""

    @property
    def received_on(self) -> dt.date | None:
        """The day on which the caisse received it."""


class File(Protocol):
    """What is compared of one application."""

    @property
    def deposit(self) -> Deposit:
        """When and where the application was filed."""

    @property
    def members(self) -> Sequence[Person]:
        """The members, the applicant among them."""

    @property
    def earlier_rights(self) -> Sequence[EarlierRight]:
        """Rights the members had before."""

    @property
    def earlier_care(self) -> Sequence[Care]:
        """Care received before the application."""

    @property
    def papers(self) -> Sequence[Posted]:
        """The papers that came with the application."""


DEPOSITED = "/deposit/deposited_on"


FIRST_BIRTH = dt.date(1850, 1, 1)


def earliest_birth(birth_date: str) -> dt.date:
    """First day that a partial date can mean."""
    if of_other_calendar(birth_date):
        return FIRST_BIRTH
    year, month, day = (int(part) for part in birth_date.split("-"))
    return dt.date(year, month or 1, day or 1)


def latest_birth(birth_date: str) -> dt.date:
    """Last day that a partial date can mean."""
    if of_other_calendar(birth_date):
        return dt.date.max
    year, month, day = (int(part) for part in birth_date.split("-"))
    month = month or 12
    return dt.date(year, month, day or calendar.monthrange(year, month)[1])


def contradictions(facts: File) -> list[InputError]:
    """Every pair of fields that cannot both be true; an empty list when all can."""
    found = [*_deposit(facts.deposit), *_history(facts), *_papers(facts.papers)]
    for at, member in enumerate(facts.members):
        found.extend(_member(member, f"/members/{at}", facts.deposit))
    return [*found, *_generations(facts.members)]


def _deposit(deposit: Deposit) -> Iterator[InputError]:
    if deposit.received_on < deposit.deposited_on:
        yield InputError(
            "/deposit/received_on",
            "received_before_deposited",
            f"Réception le {day(deposit.received_on)}, avant le dépôt du {day(deposit.deposited_on)}.",
            DEPOSITED,
        )
    first = deposit.first_body_on
    if first is not None and first > deposit.deposited_on:
        yield InputError(
            "/deposit/first_body_on",
            "first_body_after_deposited",
            f"Premier dépôt le {day(first)}, après le dépôt du {day(deposit.deposited_on)}.",
            DEPOSITED,
        )
    if deposit.representation is not None and deposit.filed_by is not Filer.REPRESENTATIVE:
        yield InputError(
            "/deposit/representation",
            "representation_without_representative",
            "Une qualité de représentant est donnée, et la demande n'est pas déposée par un représentant.",
            "/deposit/filed_by",
        )


def _member(member: Person, path: str, deposit: Deposit) -> Iterator[InputError]:
    stay, deposited = member.stay, deposit.deposited_on
    born = earliest_birth(member.birth_date) if member.birth_date else None
    entered = f"{path}/stay/entered_on"
    if born and born > deposited:
        message = f"Naissance après le dépôt du {day(deposited)}."
        yield InputError(f"{path}/birth_date", "birth_after_deposit", message, DEPOSITED)
    if born and stay.entered_on and stay.entered_on < born:
        message = f"Entrée le {day(stay.entered_on)}, avant la naissance."
        yield InputError(entered, "entry_before_birth", message, f"{path}/birth_date")
    if member.relation is Relation.APPLICANT and stay.entered_on and stay.entered_on > deposited:
        yield InputError(
            entered,
            "entry_after_deposit",
            f"Entrée le {day(stay.entered_on)}, après le dépôt du {day(deposited)}.",
            DEPOSITED,
        )
    if stay.title_from and stay.title_until and stay.title_until < stay.title_from:
        yield InputError(
            f"{path}/stay/title_until",
            "title_ends_before_start",
            f"Titre jusqu'au {day(stay.title_until)}, délivré à partir du {day(stay.title_from)}.",
            f"{path}/stay/title_from",
        )
    if stay.irregular_since and member.in_regular_stay:
        yield InputError(
            f"{path}/in_regular_stay",
            "regular_and_irregular",
            "Séjour régulier, et date de début d'irrégularité.",
            f"{path}/stay/irregular_since",
        )
    since = member.living_together_since
    if since and born and since < born:
        message = f"Vie commune depuis le {day(since)}, avant la naissance."
        yield InputError(
            f"{path}/living_together_since",
            "living_together_before_birth",
            message,
            f"{path}/birth_date",
        )
    if since and since > deposited:
        message = f"Vie commune depuis le {day(since)}, après le dépôt du {day(deposited)}."
        yield InputError(f"{path}/living_together_since", "living_together_after_deposit", message, DEPOSITED)
    if member.shared_custody and member.relation in {Relation.SPOUSE, Relation.ASCENDANT}:
        yield InputError(
            f"{path}/shared_custody",
            "shared_custody_of_adult",
            "La garde alternée est celle d'un enfant.",
            f"{path}/relation",
        )
    yield from _absences(stay, born, f"{path}/stay", deposited)


def _absences(stay: Stay, born: dt.date | None, path: str, deposited: dt.date) -> Iterator[InputError]:
    """Absences that end before they begin, begin before a birth or after the deposit, overlap, or outlast the total."""
    for at, absence in enumerate(stay.absences):
        here, left = f"{path}/absences/{at}", absence.left_on
        if absence.returned_on and absence.returned_on < left:
            message = f"Retour le {day(absence.returned_on)}, départ le {day(left)}."
            yield InputError(f"{here}/returned_on", "absence_ends_before_start", message, f"{here}/left_on")
        if born and left < born:
            message = f"Absence le {day(left)}, avant la naissance."
            other = f"{path.removesuffix('/stay')}/birth_date"
            yield InputError(f"{here}/left_on", "absence_before_birth", message, other)
        if left > deposited:
            message = f"Absence le {day(left)}, après le dépôt du {day(deposited)}."
            yield InputError(f"{here}/left_on", "absence_after_deposit", message, DEPOSITED)
        for before, other_absence in enumerate(stay.absences[:at]):
            if _overlap(absence, other_absence):
                message = f"Absence le {day(left)}, pendant une autre absence."
                yield InputError(f"{here}/left_on", "absences_overlap", message, f"{path}/absences/{before}/left_on")
    sure = sum(_days_away(one, deposited) for one in stay.absences)
    if stay.absent_days is not None and sure > stay.absent_days:
        message = f"{stay.absent_days} jours hors de France, et {sure} d'après les absences datées."
        yield InputError(f"{path}/absent_days", "absent_days_below_absences", message, f"{path}/absences")


def _overlap(one: Absence, other: Absence) -> bool:
    """Whether nobody could have been on both journeys: coming back and leaving on one day is possible."""
    return one.left_on < (other.returned_on or dt.date.max) and other.left_on < (one.returned_on or dt.date.max)


def _days_away(absence: Absence, deposited: dt.date) -> int:
    """Days wholly out of France within the twelve months before the deposit: those of the two journeys left out."""
    begins = max(absence.left_on.toordinal(), deposited.toordinal() - 365)
    ends = min(absence.returned_on or deposited, deposited).toordinal()
    return max(0, ends - begins - 1)


def _papers(papers: Sequence[Posted]) -> Iterator[InputError]:
    for at, paper in enumerate(papers):
        path, posted = f"/papers/{at}", paper.posted_on
        if posted is None:
            continue
        if paper.received_on and paper.received_on < posted:
            message = f"Postée le {day(posted)}, reçue le {day(paper.received_on)}."
            yield InputError(f"{path}/posted_on", "paper_posted_after_receipt", message, f"{path}/received_on")
        if paper.dated and paper.dated > posted:
            message = f"Datée du {day(paper.dated)}, postée le {day(posted)}."
            yield InputError(f"{path}/dated", "paper_dated_after_posting", message, f"{path}/posted_on")


def _generations(members: Sequence[Person]) -> Iterator[InputError]:
    """A child is not older than the applicant, nor an ascendant younger; those of the spouse may be."""
    applicant = next(
        ((at, one.birth_date) for at, one in enumerate(members) if one.relation is Relation.APPLICANT), (0, None)
    )
    at_applicant, born = applicant
    if born is None:
        return
    spouse = next((one for one in members if one.relation is Relation.SPOUSE), None)
    for at, member in enumerate(members):
        if member.birth_date is None:
            continue
        pointer, other = f"/members/{at}/birth_date", f"/members/{at_applicant}/birth_date"
        if member.relation is Relation.CHILD and _not_after(member.birth_date, born):
            if spouse and not (spouse.birth_date and _not_after(member.birth_date, spouse.birth_date)):
                continue
            message = "Un enfant n'est pas plus âgé que le demandeur."
            yield InputError(pointer, "child_older_than_parent", message, other)
        if member.relation is Relation.ASCENDANT and _not_after(born, member.birth_date):
            if spouse and not (spouse.birth_date and _not_after(spouse.birth_date, member.birth_date)):
                continue
            message = "Un ascendant n'est pas plus jeune que le demandeur."
            yield InputError(pointer, "ascendant_younger_than_child", message, other)


def _not_after(first: str, second: str) -> bool:
    """Whether the first birth came before the second or on its day, however the partial dates are read."""
    return latest_birth(first) <= earliest_birth(second)


def _history(facts: File) -> Iterator[InputError]:
    for at, right in enumerate(facts.earlier_rights):
        path = f"/earlier_rights/{at}"
        if right.starts_on and right.ends_on and right.ends_on < right.starts_on:
            yield InputError(
                f"{path}/ends_on",
                "right_ends_before_start",
                f"Droit fini le {day(right.ends_on)}, commencé le {day(right.starts_on)}.",
                f"{path}/starts_on",
            )
        yield from _earlier_right(right, path, facts.deposit.deposited_on)
    members = {member.rank: (at, member) for at, member in reversed(list(enumerate(facts.members)))}
    for at, care in enumerate(facts.earlier_care):
        path, given = f"/earlier_care/{at}", f"Soins le {day(care.given_on)}"
        at_member, member = members.get(care.member_rank, (0, None))
        if member is not None and member.birth_date and care.given_on < earliest_birth(member.birth_date):
            born = f"/members/{at_member}/birth_date"
            yield InputError(f"{path}/given_on", "care_before_birth", f"{given}, avant la naissance.", born)
        if care.given_on > facts.deposit.deposited_on:
            yield InputError(f"{path}/given_on", "care_after_deposit", f"{given}, après le dépôt.", DEPOSITED)
        if care.stay_ended_on and care.stay_ended_on < care.given_on:
            yield InputError(
                f"{path}/stay_ended_on",
                "stay_ends_before_start",
                f"Fin le {day(care.stay_ended_on)}, début le {day(care.given_on)}.",
                f"{path}/given_on",
            )


def _earlier_right(right: EarlierRight, path: str, deposited: dt.date) -> Iterator[InputError]:
    """When a right was asked for and granted, beside when it ended and the present deposit."""
    asked, granted = right.deposited_on, right.granted_on
    if granted and not right.granted:
        message = f"Accordé le {day(granted)}, et dit refusé."
        yield InputError(f"{path}/granted_on", "granted_on_of_refusal", message, f"{path}/granted")
    if asked and granted and granted < asked:
        message = f"Accordé le {day(granted)}, demandé le {day(asked)}."
        yield InputError(f"{path}/granted_on", "granted_before_deposited", message, f"{path}/deposited_on")
    if asked and right.ends_on and right.ends_on < asked:
        message = f"Droit fini le {day(right.ends_on)}, demandé le {day(asked)}."
        yield InputError(f"{path}/ends_on", "right_ends_before_deposited", message, f"{path}/deposited_on")
    if asked and asked > deposited:
        message = f"Droit antérieur demandé le {day(asked)}, après le dépôt du {day(deposited)}."
        yield InputError(f"{path}/deposited_on", "earlier_right_after_deposit", message, DEPOSITED)
