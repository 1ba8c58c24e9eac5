"""What is said and shown of the print room over HTTP."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from services.letters.api.paper_problems import SerialText
from services.letters.api.paper_schemas import Sheets
from services.letters.api.postings import PostingResult
from services.letters.domain.kind_definition import Way
from services.letters.domain.paper import Spoilage
from services.letters.domain.print_batches import BatchState, PrintPaper
from shared.contract.scalars import CaisseCode
from shared.http.dates import BoundedDate

FORBID = ConfigDict(extra="forbid")
Zone = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_]+(/[A-Za-z_]+){0,2}$", max_length=40)]
Hour = Annotated[str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]


class PrintRoom(BaseModel):
    """At which hour of a working day, in the caisse's own time, what is ready is batched."""

    model_config = FORBID
    cut_off: Hour
    zone: Zone = "Europe/Paris"
    active: bool = True


class NewBatches(BaseModel):
    """Batch now what is ready; by hand, whatever the hour."""

    model_config = FORBID
    caisse: CaisseCode | None = None


class Pull(BaseModel):
    """A letter to take out of a batch."""

    model_config = FORBID
    letter_id: UUID


class SpoiledSheet(BaseModel):
    """A sheet that went through the printer and carries nothing that counts."""

    model_config = FORBID
    serial: SerialText
    cause: Spoilage


class Printing(BaseModel):
    """What was printed. ``through``: the place of the last letter printed, where printing stopped; without it all were.

    On secured paper: ``sheets``, the serials that went through the printer in their order, and the spoiled among them,
    each printed again on the next one.
    """

    model_config = FORBID
    printed_on: BoundedDate
    through: Annotated[int | None, Field(ge=0, le=10_000)] = None
    sheets: Annotated[list[Sheets], Field(max_length=50)] = []
    spoiled: Annotated[list[SpoiledSheet], Field(max_length=500)] = []


class BatchPosting(BaseModel):
    """The day on which a printed batch left; ``numbers``: of registered letters."""

    model_config = FORBID
    posted_on: BoundedDate
    numbers: Annotated[dict[UUID, str], Field(max_length=1000)] = {}


class Batch(BaseModel):
    """A batch as lists show it."""

    batch_id: UUID
    caisse: str
    opened_on: dt.date
    paper: PrintPaper
    way: Way
    state: BatchState
    pdf_sha256: str | None
    closed_at: dt.datetime | None
    taken_at: dt.datetime | None
    taken_by: str
    printed_on: dt.date | None
    posted_on: dt.date | None


class BatchLetter(BaseModel):
    """One letter of a batch: where it begins in the PDF, and how many sheets of secured paper it takes.

    ``serials``: of the sheets it was printed on, once that is told. ``leaflet_pages``: of the leaflet in the person's
    language that follows it; on secured paper none does."""

    position: int
    letter_id: UUID
    pages: int
    first_page: int
    sha256: str
    postcode: str
    sheets: int
    serials: list[str]
    leaflet_pages: int
    state: Literal["in", "pulled", "printed", "returned"]


class Manifest(BaseModel):
    """What the print room gets beside the PDF."""

    batch: Batch
    envelope: str
    letters: list[BatchLetter]
    total_letters: int
    total_pages: int
    total_sheets: int


class PrintingResult(BaseModel):
    """What became of a batch at the printer. ``returned``: for the next one; ``cut_sheets``: spoiled by the stop."""

    batch: Batch
    printed: int
    returned: int
    cut_sheets: list[str]


class BatchPosted(BaseModel):
    """A batch that left, and what became of each of its letters."""

    batch: Batch
    results: list[PostingResult]


class Volume(BaseModel):
    """What one paper and one way took."""

    paper: PrintPaper
    way: Way
    batches: int
    letters: int
    pages: int
