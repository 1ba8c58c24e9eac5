"""What all pages of one file share at intake: whose it is, why it is read, and the way to its other pages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Request

from services.intake.domain.protected_place import without_place
from services.intake.pages.applications import STATUS
from services.intake.store.applications import read_row
from services.intake.store.papers import stored_papers
from shared.access.access_log import record_access
from shared.access.principal import Principal, Role
from shared.access.purposes import FRENCH_PURPOSE, Purpose, purpose_by_way, purpose_of_tabs
from shared.contract.facts import ApplicationFacts
from shared.service.runtime import Runtime
from shared.web.navigation import file_tabs
from shared.web.sign_in import signed_in_as

FOLDER = Path(__file__).parent
WRITERS = frozenset({Role.AGENT, Role.TECHNICIAN})
OPEN_STATES = ("received", "transferred")


def at_the_desk(request: Request) -> Principal:
    """Who may change a file by form."""
    return signed_in_as(request, *WRITERS)


Writing = Annotated[Principal, Depends(at_the_desk)]


@dataclass(frozen=True)
class OpenFile:
    """A file as this person may see it. ``facts``: None once erased; ``stored``: its papers whose bytes are here."""

    row: Any
    facts: ApplicationFacts | None
    stored: Mapping[UUID, Any]
    purpose: Purpose

    def may_be_written_by(self, principal: Principal) -> bool:
        """Whether this person may act on the file in the state in which it is."""
        return bool(principal.roles & WRITERS) and self.row.state in OPEN_STATES and self.facts is not None


async def open_file(
    runtime: Runtime,
    principal: Principal,
    application_id: UUID,
    resource: str = "intake.application",
    way: Purpose | None = None,
) -> OpenFile:
    """Read a file in scope, and leave the access event of that. ``way``: by which it was reached, where not by its
    tabs. Raises 404."""
    purpose = purpose_of_tabs(principal) if way is None else purpose_by_way(principal, way)
    async with runtime.database.unit() as unit:
        row = await read_row(unit, application_id, principal)
        stored = await stored_papers(unit, application_id)
        record_access(unit, principal, purpose, resource, [application_id])
    facts = ApplicationFacts.model_validate(row.facts) if row.facts else None
    if facts and facts.address.protected_location and not principal.sees_place_of(row.caisse):
        facts, stored = without_place(facts), {}
    return OpenFile(row, facts, stored, purpose)


def frame(request: Request, runtime: Runtime, principal: Principal, opened: OpenFile, part: str = "") -> dict[str, Any]:
    """What the templates of a file are given, besides their own. ``part``: the path of the tab under the file."""
    row, facts = opened.row, opened.facts
    applicant = facts.members[0] if facts else None
    caisse = runtime.reference.caisse(row.caisse)
    root_path = request.scope.get("root_path", "")
    return {
        "file": {
            "name": f"{applicant.family_name} {applicant.given_names}".strip() if applicant else "",
            "birth": applicant.birth_date if applicant else None,
            "reference": row.reference or f"reçu le {row.received_on:%d/%m/%Y}",
            "place": caisse.name if caisse else f"Caisse {row.caisse}",
            "state": STATUS[row.status].lower(),
            "purpose": FRENCH_PURPOSE[opened.purpose],
            "tabs": file_tabs("intake", root_path, row.application_id, principal.roles, part),
        },
        "row": row,
        "facts": facts,
        "may_write": opened.may_be_written_by(principal),
        "here": f"{root_path}/ui/applications/{row.application_id}",
    }
