"""What a kind of letter declares: what it needs to know, to whom it goes, by which way, under which dated mentions.

Each kind is one file of ``domain/kinds``; its words lie in ``words/kinds``, its law in ``mentions``. A new kind is a
file of each, and a line in the contract's list: see the README of the service.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict

from services.letters.domain.blocks import Block, LetterContext
from services.letters.domain.seals import Sealing
from shared.contract.letter_kinds import LetterKind


class Way(StrEnum):
    """How a letter reaches its reader (services/letters/README.md, 1.1)."""

    ORDINARY = "ordinary"
    REGISTERED = "registered"
    TRACKED = "tracked"
    HANDED_OVER = "handed_over"
    ELECTRONIC = "electronic"


POSTAL = frozenset({Way.ORDINARY, Way.REGISTERED, Way.TRACKED})


class Reader(StrEnum):
    """To whom a kind is addressed."""

    APPLICANT = "applicant"
    TRANSMITTER = "transmitter"
    CARE_BODY = "care_body"
    CAISSE = "caisse"
    APPEAL_BODY = "appeal_body"
    COUNSEL = "counsel"
    STATE_SERVICE = "state_service"


@dataclass(frozen=True)
class Period:
    """A span of the law of letters: the texts on the relations with the public changed at its ends."""

    name: str
    starts_on: dt.date
    ends_on: dt.date | None

    def covers(self, day: dt.date) -> bool:
        """Whether this day lies in the period."""
        return self.starts_on <= day and (self.ends_on is None or day <= self.ends_on)


PERIODS = (
    Period("2000-2015", dt.date(2000, 1, 1), dt.date(2015, 12, 31)),
    Period("2016-2018", dt.date(2016, 1, 1), dt.date(2018, 12, 31)),
    Period("2019-", dt.date(2019, 1, 1), None),
)


@dataclass(frozen=True)
class Template:
    """The layout of a letter. All words are in the frozen content; the layout is versioned, so that a letter rendered
    late, or again, looks as it did on its day: a version is never edited once letters were issued with it.
    """

    name: str
    version: int

    @property
    def file(self) -> str:
        """The name of its Typst file."""
        return f"{self.name}-{self.version}.typ"


LETTER = Template("letter", 4)


class Details(BaseModel):
    """What a kind needs to know beyond the person written to. Frozen, and refuses what it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


@dataclass(frozen=True)
class KindDefinition:
    """One kind of letter.

    ``triggers``: the events that call for it, ``desk`` where an agent does. ``readers`` and ``ways``: the first is the
    usual one; ``way_imposed``: a text imposes it. ``mentions``: the dated mentions the body may cite; ``required``:
    those without which no letter of that day exists. ``decision``: signed, with the ways of appeal of its day.
    ``sealing``: what its seal tells, of a kind that carries one. ``example``: invented facts for the catalogue, by day.
    """

    kind: LetterKind
    details: type[Details]
    body: Callable[[LetterContext, Any], list[Block]]
    example: Callable[[dt.date], Details]
    triggers: tuple[str, ...]
    required: tuple[str, ...]
    mentions: tuple[str, ...] = ()
    readers: tuple[Reader, ...] = (Reader.APPLICANT,)
    ways: tuple[Way, ...] = (Way.ORDINARY,)
    way_imposed: bool = False
    decision: bool = False
    discreet: bool = False
    sealing: Callable[[Any], Sealing] | None = None
    template: Template = LETTER

    @property
    def to_person(self) -> bool:
        """Whether it is addressed to the person, at the address of the file."""
        return self.readers[0] is Reader.APPLICANT

    @property
    def cited(self) -> tuple[str, ...]:
        """Every mention this kind may cite, those of every letter included."""
        return tuple(dict.fromkeys((*self.required, *self.mentions, "agent_in_charge", *self.signature)))

    @property
    def signature(self) -> tuple[str, ...]:
        """The mention over the signature of a decision."""
        return ("signature",) if self.decision else ()


class NoTextForDay(ValueError):
    """A kind has no version of a required text on the day of the letter: another day's law is never used for it."""

    code = "no_text_for_day"

    def __init__(self, kind: LetterKind, mention: str, day: dt.date) -> None:
        super().__init__(f"no_text_for_day: {kind.value} has no version of {mention} on {day.isoformat()}")
        self.kind, self.mention, self.day = kind, mention, day
