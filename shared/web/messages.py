"""What was just done, said once on the next page: a cookie that is read and forgotten. No name ever stands in it."""

from __future__ import annotations

import base64
import json
from dataclasses import asdict, dataclass

from fastapi import Request
from fastapi.responses import RedirectResponse, Response

from shared.web.forms import delete_cookie, set_cookie

COOKIE = "ame_message"
SECONDS = 60
LONGEST = 2_000


@dataclass(frozen=True)
class Message:
    """``text``: what was done. ``undo``: the path of this service that takes it back. ``next``: where to go on.
    ``kind``: ``bad`` for what could not be done."""

    text: str
    undo: str = ""
    next: str = ""
    next_label: str = ""
    kind: str = "good"


def redirect(request: Request, path: str, message: Message | None = None) -> RedirectResponse:
    """See other: the page at ``path`` of this service, with what was done said there."""
    response = RedirectResponse(path, 303)
    if message is not None:
        text = base64.urlsafe_b64encode(json.dumps(asdict(message)).encode()).decode()
        set_cookie(request, response, COOKIE, text, seconds=SECONDS)
    return response


def take(request: Request) -> Message | None:
    """The message that waits for this person, or None. Whatever else stands in the cookie is no message."""
    text = request.cookies.get(COOKIE, "")
    if not text or len(text) > LONGEST:
        return None
    try:
        fields = json.loads(base64.urlsafe_b64decode(text))
        message = Message(**{name: str(value) for name, value in fields.items()})
    except (ValueError, TypeError, AttributeError):
        return None
    own = all(not path or (path.startswith("/ui") and "//" not in path) for path in (message.undo, message.next))
    return message if own and message.kind in ("good", "bad") else None


def forget(request: Request, response: Response) -> None:
    """Take the cookie back once its message was shown."""
    if COOKIE in request.cookies:
        delete_cookie(request, response, COOKIE)
