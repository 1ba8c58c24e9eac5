"""A problem on a page is a page: what happened, what to do, in plain French, and a way back."""

from __future__ import annotations

from urllib.parse import quote

from fastapi import Request
from fastapi.responses import RedirectResponse, Response

from shared.http.problem_responses import problem_of, problem_response
from shared.http.problems import Problem
from shared.observability.logs import correlation
from shared.web.forms import from_own_page
from shared.web.lost_session import is_form, lost_session_page
from shared.web.pages import LAYOUT, page

WORDS = {
    400: ("Demande illisible", "Ce qui a été envoyé n'a pas pu être lu."),
    403: ("Cette page n'est pas pour votre poste", "Votre rôle ne permet pas cette action."),
    404: ("Page introuvable", "Rien ne se trouve à cette adresse, ou ce dossier est d'une autre caisse."),
    405: ("Cette adresse ne se lit pas ainsi", "Revenez à la page d'où vous veniez et recommencez."),
    409: ("Action impossible maintenant", "L'état du dossier ne la permet pas."),
    412: ("Le dossier a changé", "Quelqu'un l'a modifié depuis que vous l'avez ouvert."),
    413: ("Contenu trop volumineux", "Le fichier ou le texte dépasse la taille admise."),
    415: ("Ce format n'est pas admis", "Le fichier ou le texte n'est pas d'un format que cette page reçoit."),
    422: ("Des points sont à corriger", "Ce qui a été envoyé ne peut pas être enregistré tel quel."),
    428: ("Le dossier a pu changer", "Cette action demande d'avoir lu le dossier dans son état actuel."),
    429: ("Trop de demandes en peu de temps", "Le nombre d'essais par minute est limité."),
    503: ("Service momentanément indisponible", "Réessayez dans quelques instants : rien n'est perdu."),
}
USUAL = ("La page n'a pas pu être affichée", "Un incident est survenu ; il est enregistré.")
REMEDY = {
    403: "Demandez à votre superviseur si vous devez y avoir accès.",
    412: "Rouvrez le dossier, puis reprenez votre action.",
    428: "Rouvrez le dossier, puis reprenez votre action.",
    429: "Attendez une minute, puis recommencez.",
}


def wants_page(request: Request) -> bool:
    """Whether a person with a browser asked, for a page of this service."""
    path = request.url.path.removeprefix(request.scope.get("root_path", ""))
    return path.startswith("/ui") and "text/html" in request.headers.get("accept", "")


def problem_page(request: Request, problem: Problem) -> Response:
    """The page that says a problem, with its status."""
    title, sentence = WORDS.get(problem.status, USUAL)
    response = page(
        request,
        LAYOUT,
        "problem.html",
        title=title,
        status=problem.status,
        sentence=problem.detail or sentence,
        details=[error.detail for error in problem.errors],
        remedy=REMEDY.get(problem.status, "Revenez en arrière pour reprendre où vous en étiez."),
        correlation=correlation.get() if problem.status >= 500 else "",
    )
    response.headers.update(problem.headers)
    return response


async def answer(request: Request, error: Exception) -> Response:
    """A page for a person with a browser, a problem document for a program; a stranger is asked who he is first."""
    problem = problem_of(request, error)
    if not wants_page(request):
        return problem_response(problem)
    if problem.status == 401 and "hx-request" in request.headers:  # a part of a page has no place for another page
        return Response(status_code=401)
    if problem.status == 401:
        if is_form(request):
            return await lost_session_page(request, problem.detail)
        path = request.url.path.removeprefix(request.scope.get("root_path", ""))
        wanted = f"{path}?{request.url.query}" if request.url.query and request.method == "GET" else path
        door = "/ui/posts" if problem.code == "post_not_chosen" else "/ui/sign-in"
        return RedirectResponse(f"{door}?next={quote(wanted if request.method == 'GET' else '/ui/home')}", 303)
    if problem.code == "form_token_wrong" and from_own_page(request) and is_form(request):
        return await lost_session_page(request, problem.detail)
    return problem_page(request, problem)
