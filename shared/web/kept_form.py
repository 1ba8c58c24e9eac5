"""What was typed into a form whose session had ended: sealed into cookies of this browser, and filled in again.

Nothing of it is carried out: after sign-in the person sees the page with the form, filled in as it was, and sends it.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from html import escape
from html.parser import HTMLParser
from typing import Final
from urllib.parse import urlsplit

from fastapi import Request
from fastapi.responses import Response
from starlette.datastructures import FormData

from shared.access.session_guard import SessionGuard
from shared.web.forms import FIELD, secure

CHUNK: Final = 3_500
CHUNKS: Final = 7
"""Seven cookies of 3,500 characters, some 25,000 in all, which a server still takes in the head of a request."""
SECONDS: Final = 3_600
FOLDER: Final = "/ui/signon"
"""The only pages to which the browser sends these cookies."""


@dataclass(frozen=True)
class KeptForm:
    """A form as it was sent. ``subject``: whose session it was, or empty; ``page``: where it stood; ``action``: where
    it goes, both paths of this service; ``files``: names of fields whose files were not kept."""

    subject: str
    page: str
    action: str
    fields: list[tuple[str, str]]
    files: list[str]


async def form_of(request: Request, subject: str) -> KeptForm:
    """What a request holds, as a form to keep."""
    sent: FormData = await request.form()
    fields = [(name, value) for name, value in sent.multi_items() if isinstance(value, str) and name != FIELD]
    files = [name for name, value in sent.multi_items() if not isinstance(value, str) and value.filename]
    root_path = request.scope.get("root_path", "")
    action = request.url.path.removeprefix(root_path)
    return KeptForm(subject, _page_of(request, root_path), action, fields, files)


def keep_form(request: Request, response: Response, form: KeptForm) -> bool:
    """Set the cookies of a form; False, and none set, when it is too long for them."""
    guard: SessionGuard = request.app.state.session_guard
    sealed = guard.seal.seal("kept-form", asdict(form))
    chunks = [sealed[start : start + CHUNK] for start in range(0, len(sealed), CHUNK)]
    if len(chunks) > CHUNKS:
        return False
    for number in range(CHUNKS):
        if number < len(chunks):
            response.set_cookie(
                _name(request, number),
                chunks[number],
                max_age=SECONDS,
                path=_path(request),
                httponly=True,
                samesite="lax",
                secure=secure(request),
            )
        elif _name(request, number) in request.cookies:
            _delete(request, response, number)
    return True


def kept_form(request: Request) -> KeptForm | None:
    """The form that waits in this browser, or None."""
    guard: SessionGuard = request.app.state.session_guard
    sealed = "".join(request.cookies.get(_name(request, number), "") for number in range(CHUNKS))
    value = guard.seal.open("kept-form", sealed) if sealed else None
    if value is None:
        return None
    try:
        return KeptForm(**value | {"fields": [(str(name), str(text)) for name, text in value["fields"]]})
    except (TypeError, ValueError, KeyError):
        return None  # of another version


def forget_form(request: Request, response: Response) -> None:
    """Take the cookies back."""
    for number in range(CHUNKS):
        if _name(request, number) in request.cookies:
            _delete(request, response, number)


def filled_in(html: str, action: str, fields: list[tuple[str, str]], notice: str) -> str | None:
    """The page with its form that goes to ``action`` filled in with ``fields``, and ``notice`` first in its main part.

    None when the page has no such form.
    """
    page = _Refill(action, fields, notice)
    page.feed(html)
    page.close()
    return "".join(page.written) if page.found else None


class _Refill(HTMLParser):
    """Writes a page as it reads it, but for the values of one form."""

    def __init__(self, action: str, fields: list[tuple[str, str]], notice: str) -> None:
        super().__init__(convert_charrefs=False)
        self.written: list[str] = []
        self.found = False
        self._action, self._notice = action, notice
        self._values: dict[str, list[str]] = {}
        for name, value in fields:
            self._values.setdefault(name, []).append(value)
        self._inside = False
        self._select = ""
        self._dropping = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag == "form":
            self._inside = not self.found and urlsplit(found.get("action") or "").path == self._action
            self.found = self.found or self._inside
        text = self.get_starttag_text() or ""
        name = found.get("name") or ""
        if self._inside and tag in ("input", "textarea", "select", "option"):
            text = self._tag(tag, found, name, text)
        self.written.append(text)
        if tag == "main":
            self.written.append(self._notice)

    handle_startendtag = handle_starttag

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._dropping = False
        if tag == "select":
            self._select = ""
        if tag == "form":
            self._inside = False
        self.written.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        if not self._dropping:
            self.written.append(data)

    def handle_entityref(self, name: str) -> None:
        self.handle_data(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self.handle_data(f"&#{name};")

    def handle_comment(self, data: str) -> None:
        self.written.append(f"<!--{data}-->")

    def handle_decl(self, decl: str) -> None:
        self.written.append(f"<!{decl}>")

    def _tag(self, tag: str, found: dict[str, str | None], name: str, text: str) -> str:
        if tag == "option":
            given = self._values.get(self._select)
            return text if given is None else _marked(tag, found, "selected", (found.get("value") or "") in given)
        if tag == "select":
            self._select = name
            return text
        kind = (found.get("type") or "text").lower()
        if kind in ("checkbox", "radio") and name:
            return _marked(tag, found, "checked", (found.get("value") or "on") in self._values.get(name, []))
        if not self._values.get(name) or kind in ("file", "submit", "button", "image", "reset") or name == FIELD:
            return text
        value = self._values[name].pop(0)
        if tag == "textarea":
            self._dropping = True
            return f"{text}{escape(value, quote=False)}"
        return _written(tag, found | {"value": value})


def _marked(tag: str, attributes: dict[str, str | None], mark: str, on: bool) -> str:
    others = {name: value for name, value in attributes.items() if name != mark}
    return _written(tag, others | ({mark: None} if on else {}))


def _written(tag: str, attributes: dict[str, str | None]) -> str:
    parts = [name if value is None else f'{name}="{escape(value)}"' for name, value in attributes.items()]
    return f"<{' '.join([tag, *parts])}>"


def _page_of(request: Request, root_path: str) -> str:
    """The page the form stood on, where the browser says it and it is one of this service."""
    referer = urlsplit(request.headers.get("referer", ""))
    path = referer.path.removeprefix(root_path)
    own = referer.netloc == request.headers.get("host", "") and path.startswith("/ui")
    if not own or path.startswith(FOLDER):
        return ""
    return f"{path}?{referer.query}" if referer.query else path


def _name(request: Request, number: int) -> str:
    return f"__Secure-ame_kept_{number}" if secure(request) else f"ame_kept_{number}"


def _path(request: Request) -> str:
    return f"{request.scope.get('root_path', '')}{FOLDER}"


def _delete(request: Request, response: Response, number: int) -> None:
    response.delete_cookie(
        _name(request, number), path=_path(request), httponly=True, samesite="lax", secure=secure(request)
    )
