"""A template rendered inside the common layout: who is signed in, where they can go, what was just done."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import uuid4

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from shared import clock
from shared.access.principal import ROLES_IN_WORDS, Principal, Role
from shared.access.session_guard import Resumed
from shared.french import born, country, euros, french_date, long_date, partial_date, quarter_in_words
from shared.settings import Settings
from shared.web import messages, navigation
from shared.web.forms import keep_token, token_of

LAYOUT = Path(__file__).parent / "templates"
LABELS = {
    "intake": "Demandes",
    "dedup": "Base commune",
    "decision": "Instruction",
    "letters": "Courriers",
    "reporting": "Pilotage",
}
SYSTEM = "sans intervention d'un agent"
SEARCHERS = frozenset({Role.AGENT, Role.TECHNICIAN, Role.SUPERVISOR})
SEARCH = ("dedup", "/ui/search")


def role_in_words(role: str) -> str:
    """What pages call a role, by its name in events; what no person did is said so."""
    return SYSTEM if role == "system" else ROLES_IN_WORDS[Role(role)] if role in set(Role) else role


@dataclass(frozen=True)
class Who:
    """The person of a page as the header names them: the place and the role, never a name."""

    place: str
    role: str
    others: bool = False


@dataclass(frozen=True)
class SessionEnd:
    """Seconds until the session of a page ends without another act, seconds until the warning, and where to sign in
    again."""

    seconds: int
    warning: int
    sign_in: str


@lru_cache
def _environment(folder: Path | None) -> Environment:
    folders = [folder] if folder else []
    environment = Environment(
        loader=FileSystemLoader([*folders, LAYOUT]),
        autoescape=select_autoescape(),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "euros": euros,
        "jour": french_date,
        "date_longue": long_date,
        "date_partielle": partial_date,
        "naissance": born,
        "pays": country,
        "trimestre": quarter_in_words,
    }
    # Every block of every template may draw an icon.
    environment.globals["icon"] = environment.get_template("components/icons.html").module.icon  # type: ignore[attr-defined]
    return environment


def page(
    request: Request, folder: Path, template: str, *, title: str, status: int = 200, **context: Any
) -> HTMLResponse:
    """Render ``template`` of a service's ``pages/`` folder inside the common layout.

    Links of this service begin with ``{{ base }}``, those of another with ``{{ prefix("decision") }}``, which is None
    where no proxy joins the services. Forms hold ``{{ form_token }}`` and, where sending twice must count once,
    ``{{ form_key }}``.
    """
    frame = _frame(request)
    html = _environment(folder).get_template(template).render(title=title, **frame, **context)
    response = HTMLResponse(_closing_by_itself(html, frame), status, headers=HEADERS)
    keep_token(request, response, frame["form_token"])
    messages.forget(request, response)
    return response


def _closing_by_itself(html: str, frame: Mapping[str, Any]) -> str:
    """Without scripts, a page that is only read leaves the screen when its session ends.

    One with a form of ours in its main part stays: what is half typed into it would be lost, and is kept when sent.
    """
    end: SessionEnd | None = frame["session_end"]
    if end is None or 'method="post"' in html.partition("<main")[2]:
        return html
    address = escape(f"{frame['base']}{end.sign_in}")
    closing = f'<noscript><meta http-equiv="refresh" content="{end.seconds + 1};url={address}"></noscript>'
    return html.replace("</head>", f"  {closing}\n</head>", 1)


def rendered(request: Request, folder: Path, template: str, **context: Any) -> str:
    """A piece of a page as text, to stand in another."""
    return _environment(folder).get_template(template).render(**_frame(request), **context)


def part(request: Request, folder: Path, template: str, **context: Any) -> HTMLResponse:
    """Render a piece of a page, without the layout: what a page of any service fetches by itself."""
    return HTMLResponse(rendered(request, folder, template, **context), headers=HEADERS)


def _frame(request: Request) -> dict[str, Any]:
    """What every template may use."""
    service: str = request.app.state.service
    root_path: str = request.scope.get("root_path", "")
    path = request.url.path.removeprefix(root_path)
    principal: Principal | None = getattr(request.state, "principal", None)
    roles = principal.roles if principal else frozenset[Role]()
    site = root_path.removesuffix(f"/{service}")
    home_service, home_path = navigation.home_of(roles) if roles else (service, "/ui")
    home = navigation.prefix_of(home_service, service, root_path)
    search = navigation.prefix_of(SEARCH[0], service, root_path)

    def prefix(other: str) -> str | None:
        return navigation.prefix_of(other, service, root_path)

    return {
        "service": service,
        "label": LABELS[service],
        "today": clock.today(),
        "path": path,
        "base": root_path,
        "site": site if home is None else "",
        "home": f"{home}{home_path}" if home is not None else f"{root_path}/ui",
        "prefix": prefix,
        "who": _who(request, principal),
        "session_end": _session_end(request),
        "navigation": list(navigation.links(roles, service, path, root_path)),
        "bell": _bell(roles, prefix(navigation.BELL[0])),
        "search_path": f"{search}{SEARCH[1]}" if search is not None and roles & SEARCHERS else "",
        "message": messages.take(request),
        "form_token": token_of(request),
        "form_key": uuid4().hex,
    }


def _bell(roles: frozenset[Role], prefix: str | None) -> tuple[str, str] | None:
    """Where the bell leads and where its count comes from; None for who has no cases in hand."""
    if prefix is None or not roles & navigation.BELL_ROLES:
        return None
    return f"{prefix}{navigation.BELL[1]}", f"{prefix}{navigation.BELL[2]}"


def _who(request: Request, principal: Principal | None) -> Who | None:
    if principal is None:
        return None
    runtime = getattr(request.app.state, "runtime", None)
    known = runtime.reference.caisse(principal.caisse) if runtime and principal.caisse else None
    place = "Niveau national" if principal.caisse is None else known.name if known else f"Caisse {principal.caisse}"
    resumed: Resumed | None = getattr(request.state, "resumed", None)
    others = resumed is not None and resumed.session is not None and len(resumed.session.posts) > 1
    return Who(place, ROLES_IN_WORDS[navigation.leading_role(principal.roles)], others)


def _session_end(request: Request) -> SessionEnd | None:
    """When this page's session ends without another act; None for a page that no session opened."""
    resumed: Resumed | None = getattr(request.state, "resumed", None)
    if resumed is None or resumed.session is None or getattr(request.state, "principal", None) is None:
        return None
    settings: Settings = request.app.state.session_guard.settings
    path = request.url.path.removeprefix(request.scope.get("root_path", ""))
    wanted = f"{path}?{request.url.query}" if request.url.query else path
    idle = settings.session_idle_seconds
    left = max(int(resumed.session.began + settings.session_longest_seconds - time.time()), 1)
    end = min(idle, left)
    return SessionEnd(end, max(end - settings.session_warning_seconds, 1), f"/ui/sign-in?next={quote(wanted)}")


HEADERS = {
    "Content-Security-Policy": "default-src 'self'; object-src 'none'; frame-ancestors 'none'; form-action 'self'; "
    "base-uri 'none'",
    "Cache-Control": "no-store",
    # With no-referrer a browser would hide from us, too, where our own forms come from.
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
