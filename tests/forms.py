"""Forms filled in as a browser does: from the page that holds them, with its token and its cookie."""

from __future__ import annotations

import re
from typing import Any

import httpx

TOKEN = re.compile(r'name="form_token" value="([^"]+)"')


async def form_token(client: httpx.AsyncClient, page: str = "/ui/accessibility", **options: Any) -> str:
    """The token of the forms of a page; the client keeps the cookie that goes with it."""
    shown = await client.get(page, **options)
    found = TOKEN.search(shown.text)
    kept = next((cookie.value for cookie in client.cookies.jar if cookie.name.endswith("ame_form")), None)
    token = found[1] if found else kept  # a page without forms gives the cookie too
    assert token, f"{page}: {shown.status_code}, no token"
    return token


async def send_form(
    client: httpx.AsyncClient, action: str, data: dict[str, str], *, page: str = "/ui/accessibility", **options: Any
) -> httpx.Response:
    """Open ``page``, fill in its form and send it to ``action``."""
    return await client.post(action, data=data | {"form_token": await form_token(client, page)}, **options)
