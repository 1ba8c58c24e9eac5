"""People at the pages of intake: who they are, and the forms they send."""

from __future__ import annotations

from typing import Any

import httpx

from shared.access.principal import Role
from tests.intake.conftest import Intake
from tests.sessions import cookie_of

HTML = {"accept": "text/html"}


async def read(intake: Intake, path: str, role: Role = Role.AGENT, caisse: str | None = "751") -> httpx.Response:
    """A page as somebody of this role and caisse sees it."""
    intake.client.cookies.set(*cookie_of(intake.settings, role, caisse, f"{role.value}-{caisse}"))
    return await intake.client.get(path, headers=HTML)


async def send(
    intake: Intake,
    path: str,
    fields: dict[str, Any] | None = None,
    role: Role = Role.AGENT,
    caisse: str | None = "751",
    **more: Any,
) -> httpx.Response:
    """A form of our own page, sent by this person."""
    name, value = cookie_of(intake.settings, role, caisse, f"{role.value}-{caisse}")
    headers = {**HTML, "Cookie": f"{name}={value}; ame_form=abc", "Sec-Fetch-Site": "same-origin"}
    async with httpx.AsyncClient(transport=intake.client._transport, base_url="http://intake") as client:
        return await client.post(path, data={"form_token": "abc", **(fields or {})}, headers=headers, **more)
