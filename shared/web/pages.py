"""Rendering and the sign-in page that all services share.

Until single sign-on comes, a person signs in by giving the token that the desk's tool or ``make token`` printed; the
cookie holds it for this host only and is never readable by scripts.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from shared import clock
from shared.french import french_date

LAYOUT = Path(__file__).parent / "templates"
LABELS = {
    "intake": "Demandes",
    "dedup": "Base commune",
    "decision": "Instruction",
    "letters": "Courriers",
    "reporting": "Pilotage",
}


@lru_cache
def _environment(folder: Path | None) -> Environment:
    folders = [folder] if folder else []
    environment = Environment(
        loader=FileSystemLoader([*folders, LAYOUT]), autoescape=select_autoescape(), undefined=StrictUndefined
    )
    environment.filters["jour"] = french_date
    return environment


def page(
    request: Request, folder: Path, template: str, *, title: str, status: int = 200, **context: Any
) -> HTMLResponse:
    """Render ``template`` of a service's ``pages/`` folder inside the common layout.

    Links begin with ``{{ base }}``, the prefix under which a proxy serves this service.
    """
    html = (
        _environment(folder)
        .get_template(template)
        .render(
            title=title,
            service=request.app.state.service,
            label=LABELS[request.app.state.service],
            today=clock.today(),
            path=request.url.path,
            base=request.scope.get("root_path", ""),
            **context,
        )
    )
    return HTMLResponse(html, status, headers=HEADERS)


HEADERS = {
    "Content-Security-Policy": "default-src 'self'; frame-ancestors 'none'; form-action 'self'; base-uri 'none'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
