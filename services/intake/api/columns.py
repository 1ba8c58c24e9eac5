"""The columns of an import, and what a sender's own names of them stand for: answered once, then remembered."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from services.intake.api.imports import Importer
from services.intake.domain.csv_import.column_names import MOST_NAMES, checked, questions
from services.intake.domain.csv_import.columns import COLUMNS
from services.intake.domain.csv_import.header import LONGEST_NAME, column_of
from services.intake.store.column_names import own_columns, remember
from shared.http.problems import Problem
from shared.service.dependencies import RuntimeDependency

router = APIRouter(tags=["imports"])

Written = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_NAME)]


class ColumnView(BaseModel):
    """A column of the template, and the French names by which it is known too."""

    name: str
    french: list[str]
    required: bool


class OwnName(BaseModel):
    """A name that a sender writes, and the column that it stands for; null: a column that is left out on purpose."""

    model_config = ConfigDict(extra="forbid")
    written: Written
    column: str | None = Field(max_length=LONGEST_NAME)


class OwnNames(BaseModel):
    """All names of a sender's own."""

    model_config = ConfigDict(extra="forbid")
    columns: list[OwnName] = Field(max_length=MOST_NAMES)


class Proposals(BaseModel):
    """A name of a header that says nothing to us, and the columns that it may mean, the likest first."""

    written: str
    proposals: list[str]


class Asked(BaseModel):
    """The names of a header."""

    model_config = ConfigDict(extra="forbid")
    names: list[Written] = Field(min_length=1, max_length=MOST_NAMES)


class ColumnsView(BaseModel):
    """The columns there are, and the names of this sender's own."""

    known: list[ColumnView]
    columns: list[OwnName]


class ProposedColumns(BaseModel):
    """What each name that says nothing to us may mean."""

    unknown: list[Proposals]


@router.get("/imports/columns", summary="Lire les colonnes d'un import et les noms propres à l'expéditeur")
async def get_columns(runtime: RuntimeDependency, principal: Importer) -> ColumnsView:
    """The columns of the template, and what the names of this sender's own stand for."""
    async with runtime.database.unit() as unit:
        own = await own_columns(unit, principal)
    known = [ColumnView(name=one.name, french=list(one.french), required=one.required) for one in COLUMNS]
    names = [OwnName(written=name, column=column or None) for name, column in sorted(own.items())]
    return ColumnsView(known=known, columns=names)


@router.put("/imports/columns", summary="Dire ce que désignent les noms de colonnes de l'expéditeur")
async def put_columns(runtime: RuntimeDependency, principal: Importer, body: OwnNames) -> OwnNames:
    """Remember them for this sender at this caisse, in place of those remembered before."""
    found, errors = checked([(one.written, one.column) for one in body.columns])
    if errors:
        raise Problem(422, "validation_failed", f"{len(errors)} champ(s) à corriger.", errors=errors)
    async with runtime.database.unit() as unit:
        await remember(unit, principal, found)
    return OwnNames(columns=[OwnName(written=name, column=column or None) for name, column in sorted(found.items())])


@router.post("/imports/columns/proposals", summary="Demander ce que peuvent désigner des noms de colonnes")
async def propose_columns(runtime: RuntimeDependency, principal: Importer, body: Asked) -> ProposedColumns:
    """What each name of a header may mean, among the columns that the header does not name yet. Nothing is kept."""
    async with runtime.database.unit() as unit:
        own = await own_columns(unit, principal)
    columns = {name: column_of(name, own) for name in body.names}
    taken = [column for column in columns.values() if column]
    found = questions([name for name, column in columns.items() if column is None], taken)
    return ProposedColumns(unknown=[Proposals.model_validate(one) for one in found])
