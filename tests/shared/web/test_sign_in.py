"""Signing in: the whole way at the provider of one machine, and every way in which it must not succeed."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest
from joserfc.jwk import ECKey

from shared.access.posts import Post
from shared.access.principal import Role
from shared.access.sessions import Seal, Session
from shared.web.sign_in import local_path
from tests.forms import form_token, send_form
from tests.sessions import session_of
from tests.shared.web.conftest import HOST, HTML, NOTE, TECHNICIAN, Site, give


def session(site: Site) -> Session:
    opened = Session.opened(Seal(site.settings), site.client.cookies["ame_session"])
    assert opened is not None
    return opened


async def test_a_person_signs_in_with_one_click_and_comes_back_to_the_whole_address(site: Site) -> None:
    address = await site.back(await site.at_provider("/ui?state=open&q=a%26b"), "agent-751-02")
    back = await site.client.get(f"{address}&session_state=1&scope=openid", headers=HTML)
    assert (back.status_code, back.headers["location"]) == (303, "/intake/ui?state=open&q=a%26b")
    assert (await site.client.get("/intake/ui")).json() == {
        "id": "agent-751-02",
        "caisse": "751",
        "roles": ["technician"],
    }


async def test_the_cookie_is_sealed_and_marked(site: Site) -> None:
    back = await site.sign_in()
    [cookie] = [value for value in back.headers.get_list("set-cookie") if value.startswith("ame_session=")]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Path=/;" in f"{cookie};"
    assert "agent-751-02" not in cookie
    assert len(cookie) < 4_000


async def test_who_has_several_posts_chooses_one_and_may_change_it(site: Site) -> None:
    back = await site.sign_in("person-01", "/ui?x=1")
    assert back.headers["location"] == "/intake/ui/posts?next=/ui%3Fx%3D1"
    waiting = await site.client.get("/intake/ui", headers=HTML)
    assert (waiting.status_code, waiting.headers["location"]) == (303, "/intake/ui/posts?next=/ui")
    shown = await site.client.get(back.headers["location"], headers=HTML)
    keys = re.findall(r'name="post" value="([^"]+)"', shown.text)
    assert keys == ["751:technician:", "931:supervisor:"]
    for key, caisse in zip(keys, ("751", "931"), strict=True):
        token = await form_token(site.client, "/intake/ui/posts", headers=HTML)
        form = {"post": key, "next": "/ui?x=1", "form_token": token}
        chosen = await site.client.post("/intake/ui/posts", data=form)
        assert (chosen.status_code, chosen.headers["location"]) == (303, "/intake/ui?x=1")
        assert (await site.client.get("/intake/ui")).json()["caisse"] == caisse
    assert "changer de poste" in (await site.client.get("/intake/ui/notes", headers=HTML)).text


async def test_a_form_opened_at_one_post_is_not_taken_as_anothers(site: Site) -> None:
    give(site, session_of("person-01", TECHNICIAN, Post("931", frozenset({Role.SUPERVISOR}))))
    old = await form_token(site.client, "/intake/ui/notes", headers=HTML)
    form = {"post": "931:supervisor:", "form_token": old}
    assert (await site.client.post("/intake/ui/posts", data=form)).status_code == 303
    late = await site.client.post("/intake/ui/notes", data=NOTE | {"form_token": old})
    assert (late.status_code, late.json()["code"]) == (403, "form_token_wrong")
    assert site.app.state.notes == []


async def test_nobody_takes_a_post_that_is_not_theirs(site: Site) -> None:
    give(site, session_of("person-01", TECHNICIAN))
    token = await form_token(site.client, "/intake/ui/posts", headers=HTML)
    refused = await site.client.post("/intake/ui/posts", data={"post": "931:supervisor:", "form_token": token})
    assert (refused.status_code, refused.json()["code"]) == (422, "post_unknown")
    without = await site.client.post("/intake/ui/posts", data={"post": "751:technician:"})
    assert (without.status_code, without.json()["code"]) == (403, "form_token_wrong")


@pytest.mark.parametrize("person", ["national-01", "national-02", "national-03"])
async def test_national_roles_work_without_a_caisse(site: Site, person: str) -> None:
    await site.sign_in(person)
    assert (await site.client.get("/intake/ui")).json()["caisse"] is None


async def test_the_way_back_is_worth_something_once(site: Site) -> None:
    address = await site.back(await site.at_provider(), "agent-751-02")
    assert (await site.client.get(address, headers=HTML)).status_code == 303
    site.client.cookies.delete("ame_session")
    again = await site.client.get(address, headers=HTML)
    assert (again.status_code, "a déjà servi" in again.text) == (400, True)
    assert "ame_session" not in site.client.cookies


async def test_another_browser_gains_nothing_from_a_code(site: Site) -> None:
    """A stolen address, or one that an attacker prepared for his own account."""
    address = await site.back(await site.at_provider(), "agent-751-02")
    async with httpx.AsyncClient(transport=site.transport, base_url=HOST) as other:
        answer = await other.get(address, headers=HTML)
        assert (answer.status_code, "ame_session" in other.cookies) == (400, False)


def changed(address: str, **values: str) -> str:
    parts = urlsplit(address)
    query = {name: value[0] for name, value in parse_qs(parts.query).items()} | values
    return f"{parts.path}?{urlencode(query)}"


@pytest.mark.parametrize(
    ("forged", "status"),
    [
        ({"state": "made-up"}, 400),
        ({"state": ""}, 400),
        ({"code": "made-up"}, 403),
        ({"code": ""}, 403),
        ({"error": "access_denied"}, 403),
        ({"iss": "http://evil.example"}, 403),
    ],
)
async def test_a_forged_way_back_opens_nothing(site: Site, forged: dict[str, str], status: int) -> None:
    address = await site.back(await site.at_provider(), "agent-751-02")
    answer = await site.client.get(changed(address, **forged), headers=HTML)
    assert (answer.status_code, "ame_session" in site.client.cookies) == (status, False)


async def test_a_sign_in_that_took_too_long_begins_again(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    address = await site.back(await site.at_provider(), "agent-751-02")
    now = time.time()
    monkeypatch.setattr("shared.web.sign_in.time.time", lambda: now + 901)
    assert (await site.client.get(address, headers=HTML)).status_code == 400


@pytest.mark.parametrize("fault", ["nonce", "audience", "issuer", "key", "expired", "no-post"])
async def test_a_false_word_of_the_provider_opens_nothing(
    site: Site, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = await site.back(await site.at_provider(), "agent-751-02")
    sign, claims = site.provider._signed, {"nonce": "another", "aud": "another", "iss": "http://evil.example"}

    def falsely(given: dict[str, Any], seconds: int, typ: str = "JWT") -> str:
        match fault:
            case "nonce":
                given = given | {"nonce": claims["nonce"]}
            case "audience":
                given = given | {"aud": claims["aud"]}
            case "no-post":
                given = given | {"habilitations": [{"caisse": None, "roles": ["technician"]}]}
            case "expired":
                return sign(given, -120, typ)
            case "key":
                site.provider._key = ECKey.generate_key("P-256", {"kid": str(site.provider._key.kid)})
        return sign(given, seconds, typ)

    if fault == "issuer":
        site.provider.issuer = claims["iss"]
    if fault == "key":
        await site.client.get("/intake/ui/sign-in")
        await site.app.state.session_guard.provider._key_set("")
    monkeypatch.setattr(site.provider, "_signed", falsely)
    answer = await site.client.get(address, headers=HTML)
    assert (answer.status_code, "ame_session" in site.client.cookies) == (403, False)


async def test_a_code_of_another_verifier_is_refused(site: Site) -> None:
    shown = await site.at_provider()
    address = await site.back(shown, "agent-751-02")
    for given in site.provider._codes.values():
        given.challenge = "of-another-browser"
    assert (await site.client.get(address, headers=HTML)).status_code == 403


@pytest.mark.parametrize("change", ["flip", "cut", "kind", "key", "empty"])
async def test_a_changed_cookie_is_nobodys(site: Site, change: str) -> None:
    good = session_of("agent-751-02", TECHNICIAN).sealed(Seal(site.settings))
    other_key = Seal(site.settings.model_copy(update={"session_keys": type(site.settings.session_keys)("x" * 32)}))
    bad = {
        "flip": good[:-6] + ("A" if good[-6] != "A" else "B") + good[-5:],
        "cut": good[: len(good) // 2],
        "kind": Seal(site.settings).seal("kept-form", {"subject": "agent-751-02"}),
        "key": session_of("agent-751-02", TECHNICIAN).sealed(other_key),
        "empty": "....",
    }[change]
    site.client.cookies.set("ame_session", bad)
    answer = await site.client.get("/intake/ui")
    assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")


async def test_keys_of_sessions_are_changed_without_ending_them(site: Site) -> None:
    def seal(keys: str) -> Seal:
        return Seal(site.settings.model_copy(update={"session_keys": type(site.settings.session_keys)(keys)}))

    old, new = "o" * 32, "n" * 32
    cookie = session_of("agent-751-02", TECHNICIAN).sealed(seal(old))
    assert Session.opened(seal(f"{new} {old}"), cookie) is not None
    assert Session.opened(seal(new), cookie) is None
    assert Session.opened(seal(f"{old} {new}"), session_of("a", TECHNICIAN).sealed(seal(f"{new} {old}"))) is not None


@pytest.mark.parametrize(
    ("ages", "code"),
    [
        ({"seen": 899}, None),
        ({"seen": 901}, "session_idle"),
        ({"seen": 10, "began": 35_990}, None),
        ({"seen": 10, "began": 36_001}, "session_over"),
    ],
)
async def test_a_session_ends_by_itself(site: Site, ages: dict[str, float], code: str | None) -> None:
    give(site, session_of("a", TECHNICIAN, **{name: time.time() - age for name, age in ages.items()}))
    answer = await site.client.get("/intake/ui")
    assert answer.status_code == (401 if code else 200)
    if code:
        assert answer.json()["code"] == code
        said = await site.client.get("/intake/ui/sign-in?next=/ui%3Fa%3D1", headers=HTML)
        assert (said.status_code, "Votre session est terminée" in said.text) == (200, True)
        assert "/intake/ui/signon/start?next=/ui%3Fa%3D1" in said.text
        start = await site.client.get("/intake/ui/signon/start?next=/ui", headers=HTML)
        assert "prompt=login" in start.headers["location"], "who it is must be proved again"


async def test_an_act_keeps_a_session_and_the_answer_to_the_warning_is_one(site: Site) -> None:
    for path in ("/intake/ui", "/intake/ui/signon/stay"):
        give(site, session_of("a", TECHNICIAN, seen=time.time() - 800))
        if path.endswith("stay"):
            answer = await send_form(site.client, path, {}, page="/intake/ui/accessibility")
            assert answer.status_code == 204
        else:
            assert (await site.client.get(path)).status_code == 200
        assert time.time() - session(site).seen < 60
    site.client.cookies.delete("ame_session")
    assert (await send_form(site.client, path, {}, page="/intake/ui/accessibility")).status_code == 401
    assert (await site.client.post(path)).json()["code"] == "form_token_wrong"


@pytest.mark.parametrize("record", [{"token": "sid-1"}, {"subject": "agent-751-02"}])
async def test_a_revoked_session_ends_at_once(site: Site, record: dict[str, str]) -> None:
    give(site, session_of("agent-751-02", TECHNICIAN, sid="sid-1"))
    assert (await site.client.get("/intake/ui")).status_code == 200
    site.deny(**record)
    answer = await site.client.get("/intake/ui")
    assert (answer.status_code, answer.json()["code"]) == (401, "session_revoked")


async def test_the_provider_is_asked_again_and_its_word_counts(site: Site) -> None:
    await site.sign_in("agent-751-02")
    person = site.provider.people["agent-751-02"]

    async def later() -> httpx.Response:
        give(site, replace(session(site), checked_until=time.time() - 1))
        return await site.client.get("/intake/ui")

    assert (await later()).json()["caisse"] == "751"
    moved = [{"caisse": "931", "roles": ["agent"]}]
    site.provider.people["agent-751-02"] = replace(person, habilitations=moved)
    assert (await later()).json() == {"id": "agent-751-02", "caisse": "931", "roles": ["agent"]}
    site.provider._ended.add(session(site).sid)
    assert (await later()).json()["code"] == "session_revoked"


async def test_while_the_provider_is_down_sessions_run_on_and_the_page_says_why_none_opens(site: Site) -> None:
    await site.sign_in("agent-751-02")
    give(site, replace(session(site), checked_until=time.time() - 1))
    site.down[0] = True
    assert (await site.client.get("/intake/ui")).status_code == 200
    assert session(site).checked_until > time.time()
    site.client.cookies.delete("ame_session")
    site.app.state.session_guard.provider._discovered_at = float("-inf")
    answer = await site.client.get("/intake/ui/sign-in", headers=HTML)
    assert (answer.status_code, "ne répond pas" in answer.text) == (503, True)


async def test_signing_out_ends_the_session_here_and_at_the_provider(site: Site) -> None:
    await site.sign_in("agent-751-02")
    known = session(site)
    left = await send_form(site.client, "/intake/ui/sign-out", {}, page="/intake/ui/accessibility")
    assert left.headers["location"] == "/intake/ui/signed-out"
    assert "ame_session" not in site.client.cookies
    assert known.sid in site.provider._ended
    assert (await site.client.get("/intake/ui/signed-out", headers=HTML)).status_code == 200
    assert (await site.client.post("/intake/ui/sign-out")).json()["code"] == "form_token_wrong"


@pytest.mark.parametrize(
    "fault", ["none", "text", "id_token", "audience", "nonce", "event", "old", "nobody", "key", "empty"]
)
async def test_only_a_logout_token_of_the_provider_ends_a_session(site: Site, fault: str) -> None:
    event: dict[str, Any] = {"http://schemas.openid.net/event/backchannel-logout": {}}
    claims: dict[str, Any] = {"sub": "a", "sid": "s", "aud": "base-commune", "jti": "1", "events": event}
    faults: dict[str, dict[str, Any]] = {
        "audience": {"aud": "ame"},
        "nonce": {"nonce": "1"},
        "event": {"events": {}},
    }
    claims |= faults.get(fault, {})
    claims = {name: value for name, value in claims.items() if fault != "nobody" or name not in ("sub", "sid")}
    if fault == "key":
        await site.app.state.session_guard.provider._key_set("")
        site.provider._key = ECKey.generate_key("P-256", {"kid": str(site.provider._key.kid)})
    token = site.provider._signed(claims, -400 if fault == "old" else 100, typ="logout+jwt")
    token = {"text": "no token", "empty": ""}.get(fault, token)
    if fault == "id_token":
        token = site.provider._signed({"sub": "a", "sid": "s", "aud": "base-commune"}, 100)
    provider = site.app.state.session_guard.provider
    if fault == "none":  # that its word reaches the five services is a test with a real broker
        assert (await provider.logout_notice(token)).sid == "s"
        return
    answer = await site.client.post("/intake/signon/backchannel-logout", data={"logout_token": token})
    assert (answer.status_code, answer.json()["code"]) == (400, "logout_token_invalid")


async def test_a_front_end_gets_its_token_from_the_provider(site: Site) -> None:
    secret = site.provider.front_ends["frontend-931"]
    form = {"grant_type": "client_credentials", "client_id": "frontend-931", "client_secret": secret}
    token = (await site.client.post("/provider/token", data=form)).json()["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    assert (await site.client.get("/intake/files", headers=headers)).json() == {"id": "frontend-931", "caisse": "931"}
    # The provider's key is changed: the old token counts no more, a new one does.
    site.provider.rotate()
    provider = site.app.state.session_guard.provider
    provider._keys_at -= 11
    new = (await site.client.post("/provider/token", data=form)).json()["access_token"]
    assert (await site.client.get("/intake/files", headers={"Authorization": f"Bearer {new}"})).status_code == 200
    assert (await site.client.get("/intake/files", headers=headers)).json()["code"] == "token_invalid"


@pytest.mark.parametrize(
    ("claims", "seconds", "code"),
    [
        ({"aud": "base-commune"}, 60, "token_invalid"),
        ({"habilitations": []}, 60, "token_invalid"),
        ({"habilitations": [{"caisse": None, "roles": ["frontend"]}]}, 60, "token_invalid"),
        (
            {"habilitations": [{"caisse": "751", "roles": ["frontend"]}, {"caisse": "931", "roles": ["frontend"]}]},
            60,
            "token_invalid",
        ),
        ({}, -120, "token_expired"),
    ],
)
async def test_a_token_of_the_provider_must_hold_whole(
    site: Site, claims: dict[str, Any], seconds: int, code: str
) -> None:
    base = {
        "sub": "x",
        "azp": "frontend-751",
        "aud": "ame",
        "habilitations": [{"caisse": "751", "roles": ["frontend"]}],
    }
    token = site.provider._signed(base | claims, seconds)
    answer = await site.client.get("/intake/files", headers={"Authorization": f"Bearer {token}"})
    assert (answer.status_code, answer.json()["code"]) == (401, code)


async def test_a_program_without_a_session_reads_a_problem(site: Site) -> None:
    answer = await site.client.get("/intake/ui")
    assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")


@pytest.mark.parametrize(
    ("target", "path"),
    [
        ("/ui", "/ui"),
        ("/ui/cases/1?purpose=instruction&at=http://x", "/ui/cases/1?purpose=instruction&at=http://x"),
        ("//evil.example/ui", "/ui/home"),
        ("https://evil.example/ui", "/ui/home"),
        ("/ui//evil.example", "/ui/home"),
        ("/ui/../../evil", "/ui/home"),
        ("/\\evil.example", "/ui/home"),
        ("/ui\r\nSet-Cookie: a=1", "/ui/home"),
        ("/uixyz", "/ui/home"),
        ("", "/ui/home"),
    ],
)
def test_nobody_is_sent_elsewhere_after_signing_in(target: str, path: str) -> None:
    assert local_path(target) == path


async def test_a_page_says_when_its_session_ends_and_leaves_the_screen_without_scripts(site: Site) -> None:
    give(site, session_of("a", TECHNICIAN))
    read = (await site.client.get("/intake/ui/components", headers=HTML)).text
    assert 'role="alertdialog"' in read
    assert 'data-seconds="900"' in read
    assert 'data-warning="780"' in read
    form = (await site.client.get("/intake/ui/notes", headers=HTML)).text
    assert '<noscript><meta http-equiv="refresh"' not in form, "what is half typed would be lost"
    about = (await site.client.get("/intake/ui/posts", headers=HTML)).text
    assert 'role="alertdialog"' in about
