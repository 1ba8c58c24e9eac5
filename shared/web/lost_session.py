"""A form sent after the session had ended: what was typed is kept, and filled in again after sign-in."""

from __future__ import annotations

import httpx
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from shared.access.dependencies import session_principal
from shared.access.principal import Principal
from shared.web.kept_form import KeptForm, filled_in, forget_form, form_of, keep_form, kept_form
from shared.web.pages import LAYOUT, page, rendered
from shared.web.session_middleware import resumed_of

router = APIRouter(include_in_schema=False)

REVIEW = "/ui/signon/review"
FORM_TYPES = ("application/x-www-form-urlencoded", "multipart/form-data")
TECHNICAL = ("form_key", "version", "next")
"""Fields that no person typed."""


def is_form(request: Request) -> bool:
    """Whether a person sent a form."""
    return request.method == "POST" and request.headers.get("content-type", "").startswith(FORM_TYPES)


async def lost_session_page(request: Request, sentence: str) -> Response:
    """The page that says that nothing was carried out and that what was typed is kept, with the way to sign in.

    Where it is too long to be kept, the page shows it, to be copied.
    """
    known = resumed_of(request).known
    form = await form_of(request, known.subject if known is not None else "")
    response = _lost(request, sentence, form, kept=True)
    if keep_form(request, response, form):
        return response
    return _lost(request, sentence, form, kept=False)


@router.get(REVIEW, response_class=HTMLResponse)
async def review(request: Request) -> Response:
    """The page of the form, filled in as it was sent; where it cannot be had, the list of what was typed."""
    principal = session_principal(request)
    form = kept_form(request)
    if form is None or not _of_this_person(form, principal):
        response: Response = page(request, LAYOUT, "kept_nothing.html", title="Aucune saisie gardée")
        forget_form(request, response)
        return response
    return await _filled_page(request, form) or _listed(request, form)


async def _filled_page(request: Request, form: KeptForm) -> Response | None:
    """Ask ourselves for the page as this person would, so that the read leaves its trace and the rights hold."""
    if not form.page:
        return None
    root_path = request.scope.get("root_path", "")
    transport = httpx.ASGITransport(app=request.app, raise_app_exceptions=False)
    headers = {"accept": "text/html", "cookie": request.headers.get("cookie", ""), "host": request.headers["host"]}
    async with httpx.AsyncClient(transport=transport, base_url=str(request.base_url)) as client:
        answer = await client.get(f"{request.url.scheme}://{headers['host']}{root_path}{form.page}", headers=headers)
    if answer.status_code != 200 or not answer.headers.get("content-type", "").startswith("text/html"):
        return None
    notice = rendered(request, LAYOUT, "kept_notice.html", files=form.files)
    html = filled_in(answer.text, f"{root_path}{form.action}", form.fields, notice)
    if html is None:
        return None
    response = HTMLResponse(html)
    passed = ("content-security-policy", "cache-control", "referrer-policy", "x-content-type-options")
    response.headers.update({name: answer.headers[name] for name in passed if name in answer.headers})
    for cookie in answer.headers.get_list("set-cookie"):
        response.headers.append("set-cookie", cookie)
    return response


def _listed(request: Request, form: KeptForm) -> Response:
    typed = [(name, value) for name, value in form.fields if name not in TECHNICAL and value.strip()]
    return page(
        request,
        LAYOUT,
        "kept_list.html",
        title="Votre saisie a été gardée",
        typed=typed,
        files=form.files,
        back=form.page,
    )


def _lost(request: Request, sentence: str, form: KeptForm, *, kept: bool) -> HTMLResponse:
    return page(
        request,
        LAYOUT,
        "lost_session.html",
        title="Votre session est terminée",
        status=401,
        sentence=sentence,
        kept=kept,
        typed=[value for name, value in form.fields if name not in TECHNICAL and value.strip()],
        files=form.files,
        sign_in=f"/ui/sign-in?next={REVIEW}",
    )


def _of_this_person(form: KeptForm, principal: Principal) -> bool:
    return not form.subject or form.subject == principal.id
