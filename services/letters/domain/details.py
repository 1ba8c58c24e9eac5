"""Parts that the details of several kinds share: a body written to, an appointment that exists."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from services.letters.domain.kind_definition import Details
from shared.contract.scalars import Text
from shared.french import long_date

AddressLine = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)]
Serial = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z.-]{1,40}$")]
LONGEST_REFERENCE = 64
Reference = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_REFERENCE)]
Purpose = Literal["first_deposit", "photograph", "hand_over", "interview", "identity"]
Standby = Literal["adult", "representative", "nobody"]


class BodyAddress(Details):
    """A body written to: its name and the lines of its address, the last one postcode and town."""

    name: Text
    lines: Annotated[list[AddressLine], Field(min_length=1, max_length=5)]


class Slot(Details):
    """An appointment that exists: the desk, the day and the hour in the caisse's own time."""

    desk: Text
    lines: Annotated[list[AddressLine], Field(max_length=5)] = Field(default=[])
    day: dt.date
    hour: Annotated[str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]

    @property
    def in_french(self) -> dict[str, str]:
        """The day and the hour as a sentence says them: « le 3 mars 2026 », « 14 h 30 »."""
        hours, minutes = self.hour.split(":")
        hour = f"{int(hours)}\u00a0h" + ("" if minutes == "00" else f"\u00a0{minutes}")
        return {"when": f"le {long_date(self.day)}", "hour": hour}


class Collecting(Details):
    """Of a letter that speaks of a title to collect. ``slot``: the appointment that exists for it, where one was
    made."""

    slot: Slot | None = None


EXAMPLE_BODY = BodyAddress(name="CCAS de Saint-Exemple", lines=["1 place de la Mairie", "93200 SAINT-EXEMPLE"])
EXAMPLE_HOSPITAL = BodyAddress(
    name="Hôpital de l’Exemple", lines=["Bureau des admissions", "2 avenue de l’Exemple", "93200 SAINT-EXEMPLE"]
)


def example_slot(day: dt.date) -> Slot:
    """An invented appointment some days later."""
    later = day + dt.timedelta(days=12)
    lines = ["3 rue de l’Exemple", "93200 Saint-Exemple"]
    return Slot(desk="Accueil de Saint-Exemple", lines=lines, day=later, hour="14:30")
