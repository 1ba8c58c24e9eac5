"""What is said and shown of secured paper over HTTP."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from services.letters.api.paper_problems import SerialText
from services.letters.domain.paper import Act, Fate, Spoilage
from shared.contract.scalars import CaisseCode, Text
from shared.http.dates import BoundedDate

FORBID = ConfigDict(extra="forbid")
Place = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_-]{1,40}$")]
MOST_SHEETS = 200_000
Counted = Annotated[int, Field(ge=0, le=MOST_SHEETS)]


class Sheets(BaseModel):
    """Sheets in a row: the serials printed on the first and on the last."""

    model_config = FORBID
    first_serial: SerialText
    last_serial: SerialText


class NewDelivery(BaseModel):
    """A delivery as its first person counted it. ``counted``: sheets, not packets."""

    model_config = FORBID
    supplier: Annotated[Text, Field(min_length=1)]
    received_on: BoundedDate
    sheets: Annotated[list[Sheets], Field(min_length=1, max_length=50)]
    counted: Counted
    caisse: CaisseCode | None = None


class NewMovement(BaseModel):
    """Sheets to be taken from one place to another; they move once a second person has confirmed."""

    model_config = FORBID
    sheets: Annotated[list[Sheets], Field(min_length=1, max_length=50)]
    from_place: Place
    to_place: Place
    moved_on: BoundedDate
    reason: Text = ""
    caisse: CaisseCode | None = None


class NewInventory(BaseModel):
    """Everything that lies in the places of the caisse, as one person saw it."""

    model_config = FORBID
    counted_on: BoundedDate
    sheets: Annotated[list[Sheets], Field(max_length=500)]
    caisse: CaisseCode | None = None


class NewConfirmation(BaseModel):
    """How many sheets the second person counted."""

    model_config = FORBID
    counted: Counted


class NewSpoilage(BaseModel):
    """Sheets that carry nothing that counts, and why."""

    model_config = FORBID
    serials: Annotated[list[SerialText], Field(min_length=1, max_length=500)]
    cause: Spoilage
    spoiled_on: BoundedDate
    caisse: CaisseCode | None = None


class NewLoss(BaseModel):
    """Sheets that an inventory missed, and that are given up."""

    model_config = FORBID
    sheets: Sheets
    declared_on: BoundedDate
    caisse: CaisseCode | None = None


class LetterSheets(BaseModel):
    """The sheets that a letter was printed on, in the order of its pages."""

    model_config = FORBID
    serials: Annotated[list[SerialText], Field(min_length=1, max_length=40)]
    printed_on: BoundedDate


class CountView(BaseModel):
    """A count, and what the second person made of it. ``agrees`` null: nobody has confirmed it yet."""

    count_id: UUID
    caisse: str
    subject: Literal["delivery", "movement", "inventory"]
    supplier: str
    happened_on: dt.date
    sheets: list[Sheets]
    from_place: str
    to_place: str
    reason: str
    counted_by: str
    counted_at: dt.datetime
    agrees: bool | None
    differences: dict[str, list[str]]
    confirmed_by: str | None


class DeliveryFates(BaseModel):
    """One delivery: its sheets by fate add up to all of them."""

    delivery_id: UUID
    supplier: str
    received_on: dt.date
    sheets: int
    stock: int
    used: int
    spoiled: int
    unaccounted: int


class PaperNotice(BaseModel):
    """One thing to look at."""

    code: Literal["stock_low", "unaccounted", "spoil_rate", "gap_in_use", "inventory_old", "second_person_missing"]
    detail: str


class Stock(BaseModel):
    """The register of one caisse today. ``days_left`` null: nothing was used in the observed days."""

    caisse: str
    deliveries: list[DeliveryFates]
    unaccounted: list[Sheets]
    days_left: int | None
    forecast: int
    notices: list[PaperNotice]


class SheetView(BaseModel):
    """Where one sheet is, or ended."""

    caisse: str
    serial: str
    fate: Fate
    place: str
    letter_id: UUID | None
    cause: str
    changed_on: dt.date


class LedgerEntry(BaseModel):
    """One line of the ledger, which is never changed."""

    entry_no: int
    caisse: str
    act: Act
    first_serial: str
    last_serial: str
    sheets: int
    happened_on: dt.date
    letter_id: UUID | None
    cause: str
    actor_id: str
    second_id: str
    recorded_at: dt.datetime
