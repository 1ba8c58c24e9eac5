"""Facts that cannot be true: alone, beside the day, beside the reference data, or (``shared.consistency``) together.
PURE.

A check speaks only when no reading of the facts could be true.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from services.intake.domain.csv_import.written_twice import written_twice
from shared.calendar import add_months
from shared.contract import consistency
from shared.contract.consistency import latest_birth
from shared.contract.date_bounds import OLDEST_DATE, dates_out_of_bounds
from shared.contract.facts import ApplicationFacts, Channel, Deposit, Member, Paper, PaperKind, Relation, SaidBy, Stay
from shared.contract.input_errors import InputError
from shared.contract.placeholders import is_placeholder, placeholders_of, spreadsheet_error
from shared.french import french_date as day

AME_BEGINS = dt.date(2000, 1, 1)
LONGEST_LIFE_YEARS = 125
LONGEST_TITLE_YEARS = 20
ABSURD_MEANS_CENTS = 1_000_000_00
NAMES = ("family_name", "given_names", "usage_name", "father_name", "mother_name")
_ESCAPED = re.compile(
    r"&(#[0-9]{2,5}|#x[0-9a-f]{2,4}|[a-z]{2,8});|\\u[0-9a-f]{4}|\\x[0-9a-f]{2}|[%=]C3[%=][89AB][0-9A-F]", re.I
)
"""A letter as programs write it among themselves: ``&eacute;``, ``\\u00e9``, ``%C3%A9``."""
_QUESTION_MARK = re.compile(r"\w\?|\?\w")


class ReferenceLookup(Protocol):
    """What the reference data know of codes."""

    def has_caisse(self, code: str) -> bool:
        """Whether a caisse has this code."""

    def channel_of(self, body: str) -> str | None:
        """The channel of a deposit body, or None when there is no such body."""


@dataclass(frozen=True)
class FixedReferenceLookup:
    """Codes known once and for all: caisses, and each deposit body with its channel."""

    caisses: frozenset[str]
    bodies: Mapping[str, str]

    def has_caisse(self, code: str) -> bool:
        """Whether a caisse has this code."""
        return code in self.caisses

    def channel_of(self, body: str) -> str | None:
        """The channel of a deposit body; None when it is not known."""
        return self.bodies.get(body)


def _deposit(facts: ApplicationFacts, today: dt.date) -> Iterator[InputError]:
    deposit = facts.deposit
    if deposit.deposited_on > today:
        yield InputError(
            "/deposit/deposited_on", "deposit_in_future", f"Dépôt le {day(deposit.deposited_on)}, après le jour."
        )
    if deposit.received_on > today:
        yield InputError(
            "/deposit/received_on", "received_in_future", f"Réception le {day(deposit.received_on)}, après le jour."
        )
    if deposit.deposited_on < AME_BEGINS:
        yield InputError("/deposit/deposited_on", "deposit_before_ame", f"Dépôt le {day(deposit.deposited_on)}.")
    if deposit.first_body_on and deposit.first_body_on < AME_BEGINS:
        yield InputError("/deposit/first_body_on", "deposit_before_ame", f"Dépôt le {day(deposit.first_body_on)}.")
    if deposit.first_body_by is SaidBy.STAMP:
        yield from _stamp(deposit, [one for one in facts.papers if one.kind is PaperKind.DEPOSIT_RECEIPT])


def _stamp(deposit: Deposit, receipts: list[Paper]) -> Iterator[InputError]:
    """A day that a stamp gives is that of a receipt of the file: silence and the right are counted from it."""
    stated_on = deposit.first_body_told_on
    if not receipts:
        yield InputError(
            "/deposit/first_body_by",
            "stamp_without_receipt",
            "Aucun récépissé de dépôt (deposit_receipt) ne figure au dossier.",
        )
    elif stated_on is not None and not any(one.dated == stated_on for one in receipts):
        yield InputError(
            "/deposit/first_body_by",
            "stamp_of_another_day",
            f"Aucun récépissé de dépôt du dossier n'est daté du {day(stated_on)}.",
            "/deposit/first_body_on" if deposit.first_body_on else "/deposit/deposited_on",
        )


def _household(facts: ApplicationFacts, today: dt.date) -> Iterator[InputError]:
    applicants = [at for at, member in enumerate(facts.members) if member.relation is Relation.APPLICANT]
    spouses = [at for at, member in enumerate(facts.members) if member.relation is Relation.SPOUSE]
    if not applicants:
        yield InputError("/members", "no_applicant", "Aucun membre n'est le demandeur.")
    for at in applicants[1:]:
        yield InputError(f"/members/{at}/relation", "two_applicants", "Un autre membre est déjà le demandeur.")
    for at in spouses[1:]:
        yield InputError(f"/members/{at}/relation", "two_spouses", "Un autre membre est déjà le conjoint.")
    ranks: set[int] = set()
    ids = set()
    for at, member in enumerate(facts.members):
        if (member.rank == 0) != (member.relation is Relation.APPLICANT):
            yield InputError(f"/members/{at}/rank", "applicant_rank", "Le rang 0 est celui du demandeur.")
        if member.rank in ranks:
            yield InputError(
                f"/members/{at}/rank", "duplicate_rank", f"Rang {member.rank} déjà porté par un autre membre."
            )
        ranks.add(member.rank)
        if member.member_id in ids:
            yield InputError(
                f"/members/{at}/member_id", "duplicate_member_id", "Identifiant déjà porté par un autre membre."
            )
        ids.add(member.member_id)
        if any(_same_person(member, other) for other in facts.members[:at]):
            yield InputError(
                f"/members/{at}", "same_person_twice", "Mêmes nom, prénoms et date de naissance qu'un autre membre."
            )


def _same_person(one: Member, other: Member) -> bool:
    """Whether two members can only be one person. Newborn twins have no given names yet; brothers may share a day
    that stands for an unknown one."""
    known_day = bool(one.birth_date) and not (one.birth_date or "").endswith("-00")
    named = _plain(one.given_names) and _plain(one.family_name)
    return (
        known_day
        and bool(named)
        and one.birth_date == other.birth_date
        and (not one.sex or not other.sex or one.sex is other.sex)
        and _plain(f"{one.family_name} {one.given_names}") == _plain(f"{other.family_name} {other.given_names}")
    )


def _plain(name: str) -> str:
    letters = unicodedata.normalize("NFKD", name).casefold()
    return " ".join("".join(c if c.isalnum() else " " for c in letters if not unicodedata.combining(c)).split())


def _names(member: Member, path: str) -> Iterator[InputError]:
    """Words that are no names, and letters that were lost on the way."""
    names = {name: getattr(member, name) for name in NAMES}
    for name, text in names.items():
        if is_placeholder(text):
            message = "Ce mot n'est pas un nom : laissez vide ce qui n'est pas connu, un seul nom suffit."
            yield InputError(f"{path}/{name}", "placeholder_name", message)
    if not is_placeholder(member.family_name) and placeholders_of(member.family_name, member.given_names)[0]:
        message = "Ces mots ne sont pas un nom : laissez vide ce qui n'est pas connu, un seul nom suffit."
        yield InputError(f"{path}/family_name", "placeholder_name", message)
    for name, text in {**names, "birth_place": member.birth_place}.items():
        yield from _lost_letters(text, f"{path}/{name}", is_name=True)
    if spreadsheet_error(member.birth_place):
        yield InputError(f"{path}/birth_place", "placeholder_name", "Erreur d'un tableur à la place du lieu.")


def _address(facts: ApplicationFacts, _: dt.date) -> Iterator[InputError]:
    address = facts.address
    if is_placeholder(address.host_name):
        message = "Ce mot n'est pas un nom : laissez vide si l'hébergeant n'est pas connu."
        yield InputError("/address/host_name", "placeholder_name", message)
    for name in ("line", "city", "body", "host_name"):
        text = getattr(address, name)
        yield from _lost_letters(text, f"/address/{name}", is_name=name in ("city", "host_name"))
        if name != "host_name" and spreadsheet_error(text):
            yield InputError(f"/address/{name}", "placeholder_name", "Erreur d'un tableur à la place du texte.")


def _lost_letters(text: str, pointer: str, *, is_name: bool = False) -> Iterator[InputError]:
    """Texts that another program spoilt: U+FFFD or a question mark stands for a lost letter, several characters for one
    accented letter."""
    spoilt = "\ufffd" in text or (not text.isascii() and written_twice(text)) or _ESCAPED.search(text) is not None
    if spoilt or (is_name and _QUESTION_MARK.search(text)):
        message = "Lettres accentuées perdues ou écrites deux fois : le texte a été lu dans un autre encodage."
        yield InputError(pointer, "garbled_text", message)


def _member(member: Member, at: int, facts: ApplicationFacts, today: dt.date) -> Iterator[InputError]:
    path, deposited = f"/members/{at}", facts.deposit.deposited_on
    if not any(character.isalpha() for character in member.family_name + member.given_names):
        yield InputError(f"{path}/family_name", "name_without_letter", "Ni le nom ni le prénom ne contient de lettre.")
    yield from _names(member, path)
    if member.birth_date:
        last = latest_birth(member.birth_date)
        if (last.year + LONGEST_LIFE_YEARS, last.month, last.day) < (deposited.year, deposited.month, deposited.day):
            yield InputError(f"{path}/birth_date", "birth_too_old", f"Plus de {LONGEST_LIFE_YEARS} ans au dépôt.")
    yield from _stay(member.stay, f"{path}/stay", today)
    yield from _social_number(member.social_number, f"{path}/social_number")


def _stay(stay: Stay, path: str, today: dt.date) -> Iterator[InputError]:
    for name in ("entered_on", "irregular_since", "title_from", "removal_on"):
        date = getattr(stay, name)
        if date and date > today:
            yield InputError(f"{path}/{name}", "date_in_future", f"Le {day(date)} est postérieur au jour.")
        if date and date < OLDEST_DATE:
            yield InputError(f"{path}/{name}", "date_too_old", f"Le {day(date)} est antérieur à 1900.")
    for number, absence in enumerate(stay.absences):
        for name in ("left_on", "returned_on"):
            date = getattr(absence, name)
            if date and date < OLDEST_DATE:
                yield InputError(
                    f"{path}/absences/{number}/{name}", "date_too_old", f"Le {day(date)} est antérieur à 1900."
                )
            if date and date > today:
                yield InputError(
                    f"{path}/absences/{number}/{name}", "date_in_future", f"Le {day(date)} est postérieur au jour."
                )
    if stay.title_until and stay.title_until < OLDEST_DATE:
        yield InputError(f"{path}/title_until", "date_too_old", f"Le {day(stay.title_until)} est antérieur à 1900.")
    if stay.title_until and stay.title_until > add_months(today, 12 * LONGEST_TITLE_YEARS):
        yield InputError(f"{path}/title_until", "date_too_far", f"Titre jusqu'au {day(stay.title_until)}.")


def _social_number(number: str, pointer: str) -> Iterator[InputError]:
    """Length and key of a number of social security; provisional numbers (7, 8, 5, 6) have no key of their own."""
    if not number:
        return
    if len(number) == 14:
        yield InputError(pointer, "social_number_length", "14 caractères.")
    elif len(number) == 15 and number[0] in "12":
        digits = number[:13].replace("2A", "19", 1).replace("2B", "18", 1) if number[5:6] == "2" else number[:13]
        if not (digits.isdigit() and number[13:].isdigit()) or 97 - int(digits) % 97 != int(number[13:]):
            yield InputError(pointer, "social_number_key", "La clé ne correspond pas au numéro.")


def _papers(facts: ApplicationFacts, today: dt.date) -> Iterator[InputError]:
    ranks = {member.rank for member in facts.members}
    seen = set()
    for at, paper in enumerate(facts.papers):
        path = f"/papers/{at}"
        if paper.member_rank not in ranks:
            yield InputError(f"{path}/member_rank", "unknown_member", f"Aucun membre de rang {paper.member_rank}.")
        if paper.paper_id in seen:
            yield InputError(f"{path}/paper_id", "duplicate_paper_id", "Identifiant déjà porté par une autre pièce.")
        seen.add(paper.paper_id)
        if paper.received_on > today:
            yield InputError(
                f"{path}/received_on", "paper_in_future", f"Reçue le {day(paper.received_on)}, après le jour."
            )
        if paper.dated and paper.dated > paper.received_on:
            yield InputError(
                f"{path}/dated",
                "paper_dated_after_receipt",
                f"Datée du {day(paper.dated)}, reçue le {day(paper.received_on)}.",
            )
        if paper.dated and paper.dated < OLDEST_DATE:
            yield InputError(f"{path}/dated", "date_too_old", f"Datée du {day(paper.dated)}.")
        if paper.posted_on and paper.posted_on < OLDEST_DATE:
            yield InputError(f"{path}/posted_on", "date_too_old", f"Postée le {day(paper.posted_on)}.")


def _history(facts: ApplicationFacts, today: dt.date) -> Iterator[InputError]:
    for at, right in enumerate(facts.earlier_rights):
        path = f"/earlier_rights/{at}"
        for name in ("deposited_on", "granted_on", "starts_on"):
            date = getattr(right, name)
            if date and date > today:
                yield InputError(f"{path}/{name}", "date_in_future", f"Le {day(date)} est postérieur au jour.")
    ranks = {member.rank for member in facts.members}
    for at, care in enumerate(facts.earlier_care):
        path = f"/earlier_care/{at}"
        if care.member_rank not in ranks:
            yield InputError(f"{path}/member_rank", "unknown_member", f"Aucun membre de rang {care.member_rank}.")
        if care.stay_ended_on and care.stay_ended_on > today:
            yield InputError(
                f"{path}/stay_ended_on", "date_in_future", f"Fin le {day(care.stay_ended_on)}, après le jour."
            )


def _means(facts: ApplicationFacts, today: dt.date) -> Iterator[InputError]:
    means = facts.means
    if (means.estimate_cents or 0) > ABSURD_MEANS_CENTS:
        yield InputError("/means/estimate_cents", "means_absurd", "Estimation supérieure à un million d'euros.")
    if sum(income.amount_cents for income in means.incomes) > ABSURD_MEANS_CENTS:
        yield InputError("/means/incomes", "means_absurd", "Total supérieur à un million d'euros.")
    this_month = today.strftime("%Y-%m")
    ranks = {member.rank for member in facts.members}
    for at, income in enumerate(means.incomes):
        if income.member_rank not in ranks:
            path = f"/means/incomes/{at}/member_rank"
            yield InputError(path, "unknown_member", f"Aucun membre de rang {income.member_rank}.")
        if income.month > this_month:
            yield InputError(
                f"/means/incomes/{at}/month", "income_in_future", f"Mois {income.month}, après le mois du jour."
            )


def unknown_codes(facts: ApplicationFacts, caisse: str, known: ReferenceLookup) -> Iterator[InputError]:
    """Caisses and bodies that the reference data do not have, and a channel that is not the body's."""
    if not known.has_caisse(caisse):
        yield InputError("/caisse", "unknown_caisse", f"Caisse {caisse} inconnue.")
    deposit = facts.deposit
    channel = known.channel_of(deposit.body)
    if channel is None:
        yield InputError("/deposit/body", "unknown_body", f"Organisme {deposit.body} inconnu.")
    elif deposit.channel is not Channel.POST and deposit.channel != channel:
        yield InputError(
            "/deposit/channel", "channel_of_body", f"L'organisme {deposit.body} dépose par le canal {channel}."
        )
    for at, right in enumerate(facts.earlier_rights):
        if right.caisse and not known.has_caisse(right.caisse):
            yield InputError(f"/earlier_rights/{at}/caisse", "unknown_caisse", f"Caisse {right.caisse} inconnue.")


def _digits(facts: ApplicationFacts, _: dt.date) -> Iterator[InputError]:
    """Figures of other scripts read as numbers and compare as text: only 0 to 9 are taken."""
    said = [(f"/members/{at}/birth_date", member.birth_date or "") for at, member in enumerate(facts.members)]
    said += [(f"/means/incomes/{at}/month", income.month) for at, income in enumerate(facts.means.incomes)]
    for pointer, text in [*said, ("/address/postcode", facts.address.postcode)]:
        if not text.isascii():
            yield InputError(pointer, "wrong_format", "Chiffres de 0 à 9 attendus.")


CHECKS: tuple[Callable[[ApplicationFacts, dt.date], Iterator[InputError]], ...] = (
    _deposit,
    _household,
    _address,
    _papers,
    _history,
    _means,
    _digits,
)


def contradictions(facts: ApplicationFacts, today: dt.date) -> list[InputError]:
    """Every contradiction of the facts on the day ``today``; an empty list when they can all be true."""
    errors = [error for check in CHECKS for error in check(facts, today)]
    errors.extend(consistency.contradictions(facts))
    for at, member in enumerate(facts.members):
        errors.extend(_member(member, at, facts, today))
    known = {error.pointer for error in errors}
    errors.extend(error for error in dates_out_of_bounds(facts, today) if error.pointer not in known)
    return errors
