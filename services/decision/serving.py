"""What the routes of decision share: who may do what, the version an agent has read, one act on one locked case."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Header

from services.decision.keeping import Held, hold_one, save, setting_of
from services.decision.motives import UnknownMotive
from services.decision.observing import Unfit
from services.decision.steps import Refusal, Setting
from shared.access import Principal, Purpose, Role, read_purpose, require
from shared.problems import FieldError, Problem, not_found
from shared.service import Runtime
from shared.store import Unit

Reader = Annotated[Principal, Depends(require(Role.AGENT, Role.TECHNICIAN, Role.SUPERVISOR, Role.AUDITOR))]
Instructor = Annotated[Principal, Depends(require(Role.AGENT, Role.TECHNICIAN, Role.SUPERVISOR))]
Decider = Annotated[Principal, Depends(require(Role.TECHNICIAN, Role.SUPERVISOR))]
Anyone = Annotated[Principal, Depends(require(*Role))]
ReadPurpose = Annotated[Purpose, Depends(read_purpose)]

UNPROCESSABLE = {"motive_missing", "nothing_requested", "nobody_granted"}


def if_match(
    if_match: Annotated[str | None, Header(description='Version lue, telle que rendue dans ETag : "3"')] = None,
) -> int | None:
    """The version of the case the agent has read. Raises 412 when it cannot be one of ours."""
    if if_match is None:
        return None
    match = re.fullmatch(r'"([0-9]{1,9})"', if_match.strip())
    if match is None:
        raise Problem(
            412, "stale_version", "If-Match ne porte pas une version de dossier.", title="Le dossier a changé"
        )
    return int(match[1])


IfMatch = Annotated[int | None, Depends(if_match)]


def etag(version: int) -> str:
    return f'"{version}"'


@asynccontextmanager
async def acting(
    runtime: Runtime, principal: Principal, application_id: UUID, version: int | None
) -> AsyncIterator[tuple[Unit, Held, Setting]]:  # fmt: skip
    """One act of an agent on one case: locked, in scope, at the version he read; saved with its events at the end.

    Raises 404 out of scope, 428 without a version, 412 when the case has changed, and the case's own refusals as 409/422.
    """
    if version is None:
        detail = "Indiquez la version lue : en-tête If-Match."
        raise Problem(428, "version_missing", detail, title="Version du dossier non indiquée")
    try:
        async with runtime.database.unit() as unit:
            held = await hold_one(unit, application_id)
            if held is None:
                raise not_found()
            principal.check_scope(held.case.caisse)
            if held.case.version != version:
                detail = f"Version {version} présentée, version {held.case.version} en cours : relisez le dossier."
                headers = {"ETag": etag(held.case.version)}
                raise Problem(412, "stale_version", detail, title="Le dossier a changé", headers=headers)
            yield unit, held, setting_of(runtime.reference, held.case.caisse)
            await save(unit, [held])
    except Refusal as refusal:
        status = 422 if refusal.code in UNPROCESSABLE else 409
        raise Problem(status, refusal.code, refusal.detail, title="Action impossible sur ce dossier") from None
    except UnknownMotive as unknown:
        error = FieldError(
            "/motives", "motive_unknown", f"« {unknown} » n'est pas un motif de la loi à la date du dépôt."
        )
        raise Problem(422, "motive_unknown", "Motif inconnu.", title="Motif inconnu", errors=[error]) from None
    except Unfit as unfit:
        error = FieldError("/observations", "observation_unfit", str(unfit))
        raise Problem(422, "observation_unfit", "Ce constat ne va pas avec le dossier.", errors=[error]) from None
