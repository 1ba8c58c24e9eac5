"""What was typed when a session ended: kept for the person who typed it, shown again, and never carried out unseen."""

from __future__ import annotations

import re
import secrets
import time

import httpx

from tests.forms import form_token
from tests.sessions import session_of
from tests.shared.web.conftest import HOST, HTML, NOTE, TECHNICIAN, Site, give


async def lost(site: Site, **fields: str) -> httpx.Response:
    """Open the form, let the session end, send the form."""
    give(site, session_of("agent-751-02", TECHNICIAN))
    token = await form_token(site.client, "/intake/ui/notes", headers=HTML)
    give(site, session_of("agent-751-02", TECHNICIAN, seen=time.time() - 1000))
    headers = HTML | {"referer": f"{HOST}/intake/ui/notes?purpose=instruction", "sec-fetch-site": "same-origin"}
    form = NOTE | fields | {"form_token": token}
    return await site.client.post("/intake/ui/notes", data=form, headers=headers)


async def test_what_was_typed_survives_the_end_of_the_session(site: Site) -> None:
    said = await lost(site)
    assert (said.status_code, "a été gardée" in said.text) == (401, True)
    start = await site.client.get("/intake/ui/sign-in?next=/ui/signon/review", headers=HTML)
    assert "/ui/signon/start?next=/ui/signon/review" in start.text
    sent = await site.client.get("/intake/ui/signon/start?next=/ui/signon/review", headers=HTML)
    shown = await site.client.get(sent.headers["location"])
    back = await site.client.get(await site.back(shown, "agent-751-02"), headers=HTML)
    assert back.headers["location"] == "/intake/ui/signon/review"

    page = (await site.client.get("/intake/ui/signon/review", headers=HTML)).text
    assert "Votre saisie a été gardée" in page
    assert "Loyer payé jusqu'en mai, « reçu » vu &amp; rendu</textarea>" in page
    assert re.search(r'<input type="radio" name="kind" value="b" checked>', page)
    assert not re.search(r'value="a" checked', page)
    assert re.search(r'<option value="2" selected>', page)
    assert 'name="version" value="7"' in page, "what the person had seen, not what is there now"
    assert site.app.state.notes == [], "nothing is carried out unseen"
    [token] = set(re.findall(r'name="form_token" value="([^"]+)"', page))
    sent = await site.client.post("/intake/ui/notes", data=NOTE | {"form_token": token})
    assert sent.status_code == 303
    assert site.app.state.notes == [("agent-751-02", NOTE["text"], "b")]


async def test_another_person_does_not_see_what_was_typed(site: Site) -> None:
    await lost(site)
    give(site, session_of("agent-751-03", TECHNICIAN))
    page = (await site.client.get("/intake/ui/signon/review", headers=HTML)).text
    assert "Loyer" not in page
    assert "Aucune saisie" in page
    assert (await site.client.get("/intake/ui/signon/review")).status_code == 200
    site.client.cookies.delete("ame_session")
    assert (await site.client.get("/intake/ui/signon/review")).status_code == 401


async def test_a_text_too_long_for_the_browser_is_shown_to_be_copied(site: Site) -> None:
    text = secrets.token_hex(40_000)  # chance does not shrink
    said = await lost(site, text=text)
    assert (said.status_code, "trop longue" in said.text, text in said.text) == (401, True, True)


async def test_a_form_of_another_site_is_neither_done_nor_kept(site: Site) -> None:
    give(site, session_of("agent-751-02", TECHNICIAN, seen=time.time() - 1000))
    headers = HTML | {"sec-fetch-site": "cross-site"}
    answer = await site.client.post("/intake/ui/notes", data=NOTE, headers=headers)
    assert answer.status_code == 403
    assert not [name for name in site.client.cookies if name.startswith("ame_kept")]
