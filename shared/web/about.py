"""Pages that every service has: the way home, the statement on accessibility, and all components on one page."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from shared.access.dependencies import current_principal
from shared.access.principal import Principal
from shared.calendar import ONE_DAY
from shared.web import help_words, navigation
from shared.web.pages import LAYOUT, page

router = APIRouter(include_in_schema=False)
Someone = Annotated[Principal, Depends(current_principal)]


@router.get("/ui/home")
async def home(request: Request, principal: Someone) -> Response:
    """The first page of the person's role, at whichever service it is."""
    service, path = navigation.home_of(principal.roles)
    root_path = request.scope.get("root_path", "")
    prefix = navigation.prefix_of(service, request.app.state.service, root_path)
    if prefix is None or service == request.app.state.service:
        return RedirectResponse("/ui" if prefix is None else path, 303)
    # A relative address: those that begin with a slash are taken for places of this service.
    return RedirectResponse(f"../../{service}{path}", 303)


@router.get("/ui/accessibility", response_class=HTMLResponse)
async def accessibility(request: Request) -> HTMLResponse:
    """What was done so that everybody can use these pages, and what is not claimed."""
    return page(request, LAYOUT, "accessibility.html", title="Accessibilité")


@router.get("/ui/help", response_class=HTMLResponse)
async def help_page(request: Request, principal: Someone) -> HTMLResponse:
    """The words of these pages, the keys that lead through them, and the switch that turns those off."""
    shown = navigation.links(principal.roles, request.app.state.service, "", request.scope.get("root_path", ""))
    keys = [(link.key, link.label) for link in shown if link.key]
    return page(request, LAYOUT, "help.html", title="Aide", keys=keys, words=help_words.WORDS)


@router.get("/ui/components", response_class=HTMLResponse)
async def components(request: Request, principal: Someone) -> HTMLResponse:
    """Every component in each of its states, for those who build pages."""
    return page(
        request,
        LAYOUT,
        "components.html",
        title="Composants",
        errors={"nom": "Indiquez le nom de famille."},
        one_day=ONE_DAY,
    )
