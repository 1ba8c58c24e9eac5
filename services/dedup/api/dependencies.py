"""Who may do what on the routes of dedup."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends
from pydantic import BaseModel, ConfigDict

from shared.access.dependencies import read_purpose, require
from shared.access.principal import Principal, Role
from shared.access.purposes import Purpose

Reader = Annotated[Principal, Depends(require(Role.TECHNICIAN, Role.SUPERVISOR, Role.AUDITOR))]
Reviewer = Annotated[Principal, Depends(require(Role.TECHNICIAN, Role.SUPERVISOR))]
Counter = Annotated[Principal, Depends(require(Role.AGENT, Role.TECHNICIAN, Role.SUPERVISOR))]
Controller = Annotated[Principal, Depends(require(Role.SUPERVISOR, Role.AUDITOR, Role.OPERATOR))]
Anyone = Annotated[Principal, Depends(require(*Role))]
WhyRead = Annotated[Purpose, Depends(read_purpose)]


class Body(BaseModel):
    """A request body. A field that it does not name is an error."""

    model_config = ConfigDict(extra="forbid")
