"""The page of a team: who has how much in hand, what is late, what nobody has, and giving several cases at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from services.decision.api.supervision import Supervisor
from services.decision.pages.cases import team
from services.decision.pages.frame import FOLDER
from services.decision.store.queries import workload
from services.decision.store.read_models import Workload
from services.decision.store.worklist import NOBODY
from shared import clock
from shared.service.dependencies import RuntimeDependency
from shared.web.pages import page

router = APIRouter(include_in_schema=False)


@dataclass
class Load:
    """What somebody has in hand. ``agent``: the id that a list is filtered by; ``words``: how people know them."""

    agent: str
    words: str
    counts: Counter[str] = field(default_factory=Counter)


def loads(found: Iterable[Workload], people: Iterable[tuple[str, str]]) -> list[Load]:
    """The load of each, people without any too, those nobody has first; other hands than those of the team last."""
    by_agent = {NOBODY: Load(NOBODY, "personne"), **{agent: Load(agent, words) for agent, words in people}}
    for row in found:
        if row.state != "open":
            continue
        one = by_agent.setdefault(row.assignee or NOBODY, Load(row.assignee or NOBODY, row.assignee or ""))
        one.counts["open"] += row.cases
        one.counts["late"] += row.overdue
        one.counts["silence"] += row.silence_within_15_days
        one.counts["priority"] += row.priority
        if row.waiting_for == "confirmation":
            one.counts["confirmation"] += row.cases
    return list(by_agent.values())


@router.get("/ui/supervision/team", response_class=HTMLResponse)
async def team_page(request: Request, runtime: RuntimeDependency, principal: Supervisor) -> HTMLResponse:
    """The open cases of the caisse by who follows them."""
    async with runtime.database.unit() as unit:
        found = await workload(unit, principal, clock.today())
    people = team(runtime, principal)
    rows = loads(found, people)
    total = sum((one.counts for one in rows), Counter[str]())
    return page(
        request,
        FOLDER,
        "team.html",
        title="Équipe",
        rows=rows,
        total=total,
        nobody=NOBODY,
        people=people,
        bars=[(one.words.partition(",")[0], one.counts["open"], str(one.counts["open"])) for one in rows],
    )
