"""The file of the caisse for who judges: the commission until 2018, the administrative court from 2019."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from pydantic import Field

from services.letters.domain.blocks import Block, LetterContext, bullets, present
from services.letters.domain.details import BodyAddress
from services.letters.domain.kind_definition import Details, KindDefinition, Reader
from shared.contract.facts import PaperKind
from shared.contract.letter_kinds import LetterKind
from shared.french import long_date


class CdasFile(Details):
    """``addressee``: the body that judges; where it is left out, the appeal body that the base knows."""

    addressee: BodyAddress | None = None
    filed_on: dt.date
    decided_on: dt.date | None = None
    papers: Annotated[list[PaperKind], Field(max_length=50)] = Field(default=[])


def body(context: LetterContext, details: CdasFile) -> list[Block]:
    """The body of the letter, block by block."""
    papers = [context.wording.paper(paper) for paper in details.papers]
    decided = f" du {long_date(details.decided_on)}" if details.decided_on else ""
    return present(
        context.paragraph("intro", filed_on=long_date(details.filed_on), decided=decided),
        context.mention("defence_file"),
        context.title("papers") if papers else None,
        bullets(papers) if papers else None,
        context.paragraph("applicant"),
    )


EXAMPLE = BodyAddress(name="Secrétariat de l’Exemple", lines=["8 rue de l’Exemple", "93000 SAINT-EXEMPLE"])


def example(day: dt.date) -> CdasFile:
    """Invented facts."""
    decided, papers = day - dt.timedelta(days=60), [PaperKind.LEASE]
    return CdasFile(addressee=EXAMPLE, filed_on=day, decided_on=decided, papers=papers)


KIND = KindDefinition(
    LetterKind.CDAS_FILE,
    CdasFile,
    body,
    example,
    triggers=("decision.appealed", "desk"),
    required=("defence_file",),
    readers=(Reader.APPEAL_BODY, Reader.APPLICANT),
)
