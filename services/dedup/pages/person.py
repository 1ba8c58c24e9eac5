"""One person in all caisses: what joins the files, what contradicts it, what happened, and the cutting of a link."""

from __future__ import annotations

from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse, Response

from services.dedup.domain import wording
from services.dedup.domain.pairs import judgement
from services.dedup.domain.relink.person_proposals import KEPT
from services.dedup.pages.review import PAGES, REVIEWERS, WORDING, Reader, place_of, signed_in
from services.dedup.store import access_history, judgements, person_proposals, persons
from shared.access.principal import Principal
from shared.access.purposes import FRENCH_PURPOSE, Purpose, purpose_by_way
from shared.http.problems import Problem
from shared.service.dependencies import RuntimeDependency
from shared.service.runtime import Runtime
from shared.web import messages
from shared.web.messages import Message
from shared.web.pages import page

router = APIRouter(include_in_schema=False)

READ: Final = {
    "dedup.pair": "paire lue",
    "dedup.pairs": "vu dans la file",
    "dedup.person": "identité lue",
    "dedup.history": "histoire lue",
    "dedup.check": "trouvé par une recherche",
}
REASONS: Final = {code: text for codes in judgement.REASONS.values() for code, text in codes.items()}


@router.get("/ui/people/{person_id}", response_class=HTMLResponse)
async def show_person(request: Request, runtime: RuntimeDependency, principal: Reader, person_id: UUID) -> HTMLResponse:
    """The person of a member or of a person id, by letters: A, B, C stand for its files on the whole page."""
    return await _page(request, runtime, principal, person_id, {})


async def _page(
    request: Request, runtime: Runtime, principal: Principal, person_id: UUID, errors: dict[str, str]
) -> HTMLResponse:
    purpose = purpose_by_way(principal, Purpose.DUPLICATE_REVIEW)
    async with runtime.database.unit() as unit:
        found = await persons.person(unit, principal, person_id)
        lines = await persons.timeline(unit, principal, found)
        members = [member["member_id"] for member in found["members"]]
        asked = await person_proposals.of_members(unit, principal, members)
        files = list(dict.fromkeys(member["application_id"] for member in found["members"]))
        await access_history.record_read(unit, principal, purpose, "dedup.person", files)
    letters = {member["member_id"]: letter_of(at) for at, member in enumerate(found["members"])}
    of_files = {member["application_id"]: letters[member["member_id"]] for member in found["members"]}
    return page(
        request,
        PAGES,
        "person.html",
        title="Une personne dans toutes les caisses",
        status=422 if errors else 200,
        person=found,
        person_id=person_id,
        letters=letters,
        contradictions=found["contradictions"],
        history=[(line, _words(line), of_files.get(line["application_id"], "")) for line in reversed(lines)],
        errors=errors,
        wording=WORDING,
        outcomes=wording.OUTCOMES,
        motives=wording.motives,
        reasons=list(wording.UNLINKED.items()),
        proposals=asked,
        kept=list(KEPT.items()),
        place_name=place_of(runtime),
        agent_name=runtime.reference.agent_name,
        mine=principal.caisse,
        may_judge=bool(principal.roles & REVIEWERS) and principal.caisse is not None,
    )


def letter_of(at: int) -> str:
    """A, B, … Z, then A2, B2."""
    return "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[at % 26] + (str(at // 26 + 1) if at >= 26 else "")


def _words(line: dict[str, Any]) -> str:
    if line["what"] == "read":
        purpose, resource, _ = line["codes"]
        return f"Consultation : {READ.get(resource, 'lecture')}, motif {FRENCH_PURPOSE[Purpose(purpose)]}"
    if line["what"].startswith("judged_"):
        said = WORDING[line["what"].removeprefix("judged_")]
        return f"Paire jugée : {said} – {REASONS.get(line['codes'][0], 'autre motif').lower()}"
    return wording.happening(line)


@router.post("/ui/people/{person_id}/links/{link_id}/undoing")
async def cut_link(
    request: Request,
    runtime: RuntimeDependency,
    principal: Annotated[Principal, Depends(signed_in)],
    person_id: UUID,
    link_id: UUID,
    reason: Annotated[str, Form(max_length=40)] = "",
) -> Response:
    """Cut one link, with its reason: its pair is to be read again by both caisses, and the person may fall apart."""
    if reason not in wording.UNLINKED:
        return await _page(request, runtime, principal, person_id, {f"raison-{link_id}": "Choisissez pourquoi."})
    async with runtime.database.unit() as unit:
        pair_id = await judgements.unlink(unit, principal, link_id, reason)
    text = "Le rapprochement est défait. Sa paire est de nouveau à lire, dans les deux caisses."
    said = Message(text, next=f"/ui/pairs/{pair_id}", next_label="Relire la paire")
    return messages.redirect(request, f"/ui/people/{await _still_there(runtime, principal, person_id, pair_id)}", said)


@router.post("/ui/people/{person_id}/proposals/{proposal_id}/keeping")
async def leave_as_it_is(
    request: Request,
    runtime: RuntimeDependency,
    principal: Annotated[Principal, Depends(signed_in)],
    person_id: UUID,
    proposal_id: UUID,
    reason: Annotated[str, Form(max_length=40)] = "",
) -> Response:
    """Answer a proposal of a search of the whole base: the person stays as it is, for a reason."""
    if reason not in KEPT:
        return await _page(request, runtime, principal, person_id, {f"motif-{proposal_id}": "Choisissez pourquoi."})
    judgements.check_reader(principal)
    async with runtime.database.unit() as unit:
        await person_proposals.keep(unit, principal, proposal_id, reason)
        following = await person_proposals.waiting(unit, principal)
    text = "Rien ne change, et la même chose ne sera plus proposée."
    onward = f"/ui/people/{following[0]['person_id']}" if following else ""
    return messages.redirect(
        request, f"/ui/people/{person_id}", Message(text, next=onward, next_label="Personne suivante à revoir")
    )


async def _still_there(runtime: Runtime, principal: Principal, person_id: UUID, pair_id: UUID) -> UUID:
    """The person, or where the cut left nobody under that id, a member of the pair that is in scope."""
    async with runtime.database.unit() as unit:
        try:
            await persons.person(unit, principal, person_id)
        except Problem as problem:
            if problem.status != 404:
                raise
            pair = await judgements.pair_in_scope(unit, principal, pair_id)
            own = next(side for side in ("lower", "higher") if principal.sees(pair[f"{side}_caisse"]))
            found: UUID = pair[f"{own}_member"]
            return found
    return person_id
