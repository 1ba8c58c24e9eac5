"""An invented household, its caisse and its appeal bodies: what the catalogue shows each kind of letter with."""

from __future__ import annotations

import datetime as dt

from services.letters.domain import library
from services.letters.domain.catalogue import KINDS, LANGUAGE
from services.letters.domain.composition import AppealBody, Author, Letter, Office, References, compose
from services.letters.domain.kind_definition import PERIODS, Period
from services.letters.domain.recipient import Person, Recipient
from services.letters.domain.triggers import LetterRequest
from shared.calendar import ONE_DAY
from shared.contract.letter_kinds import LetterKind
from shared.ids import named_uuid

OFFICE = Office(
    code="931",
    name="CPAM de l’Exemple",
    town="Saint-Exemple",
    lines=["Service des prestations", "3 rue de l’Exemple", "93014 SAINT-EXEMPLE CEDEX"],
    telephone="01 00 00 00 00",
    email="contact@caisse.example",
)
AUTHOR = Author(name="Camille Exemple", capacity="responsable du service")
LINES = ["8 rue de l’Exemple", "93000 SAINT-EXEMPLE"]
COMMISSION = AppealBody(kind="cdas", name="Commission départementale d’aide sociale", lines=LINES)
DIRECTOR = AppealBody(kind="rapo", name="Le directeur de la caisse", lines=OFFICE.lines)
# A day well inside each period, on which every kind has its text.
DAYS = {"2000-2015": dt.date(2008, 3, 3), "2016-2018": dt.date(2017, 3, 3), "2019-": dt.date(2026, 3, 3)}


def example_recipient(day: dt.date, language: str = LANGUAGE) -> Recipient:
    """An invented mother and her son, who filed some days before ``day`` and are domiciled at an association."""
    names = (("Aïssata EXEMPLE", "1979-00-00"), ("Souleymane EXEMPLE", "2001-07-14"))
    persons = [
        Person(
            member_id=named_uuid("example", "member", rank), rank=rank, name=name, postal_name=name, birth_date=birth
        )
        for rank, (name, birth) in enumerate(names)
    ]
    return Recipient(
        application_id=named_uuid("example", "application"),
        caisse=OFFICE.code,
        reference="EXEMPLE-000042",
        deposited_on=day - 6 * ONE_DAY,
        received_on=day - 4 * ONE_DAY,
        deposit_body="ccas-exemple",
        persons=persons,
        upper=["Association de l’Exemple"],
        street="12 rue de la République",
        postcode="93200",
        town="Saint-Exemple",
        domiciled=True,
        language=language,
    )


def example_letter(kind: LetterKind, day: dt.date, language: str = LANGUAGE) -> Letter:
    """The letter of a kind with invented facts, by the law of ``day``, with the leaflet of a language if there is one.
    Raises NoTextForDay."""
    recipient = example_recipient(day, language)
    call = LetterRequest(kind, recipient.application_id, "example", KINDS[kind].example(day))
    appeal = COMMISSION if day < PERIODS[-1].starts_on else DIRECTOR
    references = References(
        office=OFFICE,
        author=AUTHOR,
        appeal=appeal,
        deposit_body="CCAS de Saint-Exemple",
        caisses={"751": ["CPAM d’une autre ville", "10 rue de l’Exemple", "75000 PARIS"]},
    )
    envelope = library.envelopes()["dl"]
    return compose(call, recipient, references, library.mentions(), library.wording(), envelope, day)


def day_in(period: Period) -> dt.date:
    """The day on which the catalogue shows the letters of a period."""
    return DAYS[period.name]
