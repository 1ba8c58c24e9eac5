"""Request for missing papers."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from pydantic import Field

from services.letters.domain.blocks import Block, LetterContext, bullets, heading, notice, paragraph, present
from services.letters.domain.kind_definition import Details, KindDefinition
from shared.contract import events
from shared.contract.letter_kinds import LetterKind
from shared.french import long_date


class PaperRequest(Details):
    """The items that are open, each with its own last day where an earlier letter gave it one; ``due_on``: of the
    rest."""

    items: Annotated[list[events.RequestedItem], Field(min_length=1, max_length=50)]
    due_on: dt.date
    clock_suspended: bool = True

    @property
    def foreseen(self) -> list[events.RequestedItem]:
        """The items that a text of the day foresees."""
        return [item for item in self.items if not item.free]

    @property
    def last_day(self) -> dt.date:
        """The last day on which any of them may still come."""
        return max([item.due_on or self.due_on for item in self.foreseen], default=self.due_on)


def body(context: LetterContext, details: PaperRequest) -> list[Block]:
    """Each missing item once, with the papers that would each do; the delay; the suspension (CRPA L. 114-5)."""
    joined = len({item.due_on for item in details.foreseen}) > 1
    written = long_date(details.last_day)
    blocks: list[Block | None] = [context.paragraph("intro")]
    if details.foreseen:
        blocks += [notice(context.text("last_day", due_on=written)), context.mention("evidence")]
    if joined:
        blocks.append(context.paragraph("joined"))
    for number, item in enumerate(details.foreseen, 1):
        blocks += _item(context, number, item)
        if joined:
            blocks.append(context.paragraph("item_day", due_on=long_date(item.due_on or details.due_on)))
    for item in details.items:
        if item.free:
            reason = context.wording.values.get(item.reason, item.reason.replace("_", " "))
            blocks += [context.title("free_title"), context.paragraph("free", reason=reason), *_papers(context, item)]
    if details.foreseen:
        blocks += [
            context.title("delay_title"),
            context.paragraph("delay", due_on=written, day=long_date(context.day)),
            context.mention("missing_items") if details.clock_suspended else None,
            context.paragraph("after"),
        ]
    return present(*blocks)


def _item(context: LetterContext, number: int, item: events.RequestedItem) -> list[Block | None]:
    words = context.wording.item(item.code)
    person = context.recipient.person(rank=item.member_rank)
    blocks: list[Block | None] = [
        heading(f"{number}. {words.title}"),
        paragraph(words.why, lead=f"Pour {context.who(person)}."),
    ]
    if item.code == "residence":
        blocks.append(context.mention("residence_age", on=context.recipient.deposited_on))
    return [*blocks, *_papers(context, item)]


def _papers(context: LetterContext, item: events.RequestedItem) -> list[Block]:
    if not item.accepted:
        return []
    papers = bullets(_paper(context, code, item) for code in item.accepted)
    return [context.paragraph("one" if len(item.accepted) > 1 else "only"), papers]


def _paper(context: LetterContext, code: str, item: events.RequestedItem) -> str:
    """How an accepted paper is called, with the photograph or the statement the law of the day wants with it."""
    beside = ", avec son attestation sur l’honneur" if code in item.with_statement else ""
    return context.wording.paper(code) + (" avec photographie" if code in item.with_photo else beside)


def example(day: dt.date) -> PaperRequest:
    """Invented facts."""
    items = [
        events.RequestedItem(code="identity", member_rank=1, accepted=["passport", "birth_certificate_extract"]),
        events.RequestedItem(code="residence", member_rank=0, accepted=["lease", "energy_bill", "hotel_bill"]),
    ]
    return PaperRequest(items=items, due_on=day + dt.timedelta(days=30))


KIND = KindDefinition(
    LetterKind.PAPER_REQUEST,
    PaperRequest,
    body,
    example,
    triggers=("decision.papers_requested",),
    required=("missing_items",),
    mentions=("evidence", "residence_age"),
)
