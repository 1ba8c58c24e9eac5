"""The pages of a technician: queues, the next case for one person only, lists that say all in their address."""

from __future__ import annotations

import asyncio
import re
from functools import partial
from html import unescape
from typing import Any
from uuid import UUID

import httpx
import pytest
import pytest_asyncio

from services.decision.domain.wording import findings as factwords
from services.decision.pages.frame import label_of
from shared.access.principal import Role
from shared.ids import uuid7
from tests.decision.conftest import Shell
from tests.decision.lives import of, submitted
from tests.sessions import cookie_of
from tests.waiting import until

pytestmark = pytest.mark.asyncio(loop_scope="module")
HTML = {"accept": "text/html"}


def cookie(shell: Shell, role: Role, number: int, caisse: str = "781") -> tuple[str, str]:
    return cookie_of(shell.settings, role, caisse, f"{role.value}-{caisse}-{number}")


async def read(shell: Shell, path: str, role: Role = Role.TECHNICIAN, number: int = 1, **more: Any) -> httpx.Response:
    shell.client.cookies.set(*cookie(shell, role, number, **more))
    return await shell.client.get(path, headers=HTML)


async def send(
    shell: Shell, path: str, fields: dict[str, Any], role: Role = Role.TECHNICIAN, number: int = 1
) -> httpx.Response:
    """A form of our own page, sent by this person."""
    name, value = cookie(shell, role, number)
    headers = {**HTML, "Cookie": f"{name}={value}; ame_form=abc", "Sec-Fetch-Site": "same-origin"}
    async with httpx.AsyncClient(transport=shell.client._transport, base_url="http://decision") as client:
        return await client.post(path, data={"form_token": "abc", **fields}, headers=headers)


@pytest_asyncio.fixture(loop_scope="module")
async def cases(shell: Shell) -> list[UUID]:
    """Three cases of the Yvelines, where nothing is decided by itself."""
    shell.move_to("2008-03-10")
    made = [uuid7() for _ in range(3)]
    for application in made:
        await shell.tell(of(submitted(), application, "781"))
    for application in made:
        await shell.known(application)
    return made


async def test_a_stranger_is_asked_who_he_is(shell: Shell) -> None:
    shell.client.cookies.clear()
    answer = await shell.client.get("/ui/work", headers=HTML)
    assert (answer.status_code, answer.headers["location"]) == (303, "/ui/sign-in?next=/ui/work")


@pytest.mark.parametrize(("role", "status"), [(Role.TECHNICIAN, 200), (Role.SUPERVISOR, 200), (Role.AGENT, 403)])
async def test_who_has_work_here(shell: Shell, role: Role, status: int) -> None:
    assert (await read(shell, "/ui/work", role)).status_code == status


async def test_two_people_never_get_one_case(shell: Shell, cases: list[UUID]) -> None:
    ask = partial(send, shell, "/ui/work/next", {"queue": "silence"})
    taken = await asyncio.gather(*(ask(number=number) for number in range(1, 9)))
    assert {answer.status_code for answer in taken} == {303}
    given = [answer.headers["location"] for answer in taken if "/ui/cases/" in answer.headers["location"]]
    assert len(given) == len(set(given))


async def test_a_case_out_of_scope_does_not_exist(shell: Shell, cases: list[UUID]) -> None:
    assert (await read(shell, f"/ui/cases/{cases[0]}")).status_code == 200
    neighbour = await read(shell, f"/ui/cases/{cases[0]}", caisse="931")
    assert (neighbour.status_code, "<h1>Page introuvable</h1>" in neighbour.text) == (404, True)


async def test_a_case_names_the_person_and_no_identifier(shell: Shell, cases: list[UUID]) -> None:
    html = (await read(shell, f"/ui/cases/{cases[0]}")).text
    assert "Traoré" in html
    seen = re.sub(r"<[^>]*>", "", re.sub(r'<p class="code">.*?</p>', "", html))
    assert str(cases[0]) not in seen
    assert not re.search(r"\b[a-z]+_[a-z]+\b", seen)


async def test_reading_a_case_leaves_its_purpose(shell: Shell, cases: list[UUID]) -> None:
    await read(shell, f"/ui/cases/{cases[0]}")
    query = "SELECT body::json ->> 'purpose' AS purpose FROM outbox WHERE topic = 'ame.access.v1' AND body LIKE %s"
    rows = shell.rows(query, f"%{cases[0]}%")
    assert rows[-1]["purpose"] == "instruction"


@pytest.mark.parametrize("sort", ["due", "-due", "person", "-person", "received"])
async def test_pages_of_a_list_hold_each_case_once(shell: Shell, cases: list[UUID], sort: str) -> None:
    seen: list[str] = []
    path = f"/ui?sort={sort}&limit=2&q=traor"
    while True:
        html = (await read(shell, path)).text
        seen += re.findall(r'href="/ui/cases/([0-9a-f-]{36})"', html)
        following = re.search(r'rel="next" href="([^"]+)"', html)
        if following is None:
            break
        path = "/ui" + following[1].replace("&amp;", "&") + "&limit=2"
    assert len(seen) == len(set(seen))
    assert {str(one) for one in cases} <= set(seen)


@pytest.mark.parametrize("cursor", ["x", "WyJkdWUiLDEsMl0", "bnVsbA"])
async def test_a_forged_cursor_is_said_so(shell: Shell, cursor: str) -> None:
    assert (await read(shell, f"/ui?cursor={cursor}")).status_code == 422


async def test_what_is_typed_stays_when_the_decision_cannot_be_taken(shell: Shell, cases: list[UUID]) -> None:
    answer = await send(
        shell, f"/ui/cases/{cases[0]}/decision/check", {"outcome": "refuse", "reason": "Vu à l'entretien du jour."}
    )
    assert answer.status_code == 422
    assert "Cochez au moins un motif de refus." in answer.text
    assert "Vu à l&#39;entretien du jour." in answer.text
    assert "<title>Erreur :" in answer.text


@pytest.mark.parametrize("step", ["reasons", "check"])
async def test_no_step_of_a_decision_is_reached_by_its_address(shell: Shell, cases: list[UUID], step: str) -> None:
    assert (await read(shell, f"/ui/cases/{cases[0]}/decision/{step}")).status_code == 405


@pytest.mark.parametrize(
    "fields",
    [
        {"outcome": "refuse", "reason": "Vu ce jour."},
        {"outcome": "refuse", "motives": "residence_too_short:0"},
        {"outcome": "", "reason": "Vu ce jour."},
        {"outcome": "refuse", "motives": "residence_too_short:0", "reason": "Vu ce jour."},
    ],
    ids=["no ground", "no reason", "no outcome", "against the rules and no word of why"],
)
async def test_no_step_of_a_decision_is_skipped_by_a_form(
    shell: Shell, cases: list[UUID], fields: dict[str, str]
) -> None:
    version = re.search(r'name="version" value="(\d+)"', (await read(shell, f"/ui/cases/{cases[0]}")).text)
    assert version is not None
    answer = await send(shell, f"/ui/cases/{cases[0]}/decision", {**fields, "version": version[1]})
    assert answer.status_code == 422
    assert shell.rows("SELECT state FROM cases WHERE application_id = %s", cases[0]) == [{"state": "open"}]


async def test_all_that_a_finding_names_is_on_the_page(shell: Shell, cases: list[UUID]) -> None:
    """The rule in words, its article, the fact, its limit and what proves it: names and words, no rank and no code."""
    shown = (await shell.case(cases[0], caisse="781")).json()
    text = unescape(re.sub(r"<[^>]*>", " ", (await read(shell, f"/ui/cases/{cases[0]}")).text))
    found = shown["assessment"]["findings"]
    assert found
    for one in found:
        assert label_of(one["rule"], shown["assessment"]["on"]) in text
        assert one["reference"] in text
        for words in (factwords.value(one["fact"], one["value"]), factwords.limit(one["fact"], one["limit"])):
            assert words in text, one
    proofs = {one["proof"].split(":")[1].split(" ")[0] for one in found if one["proof"].startswith("paper:")}
    assert proofs, "papers prove something here"
    assert not re.search(r"\bpersonne (de rang )?[0-9]", text, re.IGNORECASE)


async def test_a_stale_version_keeps_the_text(shell: Shell, cases: list[UUID]) -> None:
    fields = {"outcome": "grant", "reason": "Tout est prouvé.", "version": "0"}
    answer = await send(shell, f"/ui/cases/{cases[0]}/decision", fields)
    assert answer.status_code == 422
    assert "Le dossier a changé" in answer.text
    assert "Tout est prouvé." in answer.text


@pytest.mark.parametrize("rank", ["", "abc", "²", "-1", "9" * 5000], ids=["none", "abc", "²", "-1", "5000 figures"])
async def test_a_rank_or_a_version_that_no_page_offers_is_refused(shell: Shell, cases: list[UUID], rank: str) -> None:
    """A person with another program than a browser sends what he likes: it is told in words, never a failure."""
    point = {"point": "entered_on", "value": "01/02/2007", "member_rank": rank or "x", "proof": "passport"}
    for act, fields in (
        ("papers", {"items": f"identity:{rank}"}),
        ("facts", point),
        ("decision", {"outcome": "refuse", "reason": "Vu ce jour.", "motives": f"residence:{rank}"}),
        ("confirmation", {"go": "confirm"}),
    ):
        answer = await send(shell, f"/ui/cases/{cases[0]}/{act}", {"version": rank, **fields})
        assert 300 <= answer.status_code < 500, f"{act}: {answer.status_code}"


async def test_what_a_fact_would_change_is_shown_before_it_is_on_record(shell: Shell, cases: list[UUID]) -> None:
    version = re.search(r'name="version" value="(\d+)"', (await read(shell, f"/ui/cases/{cases[0]}")).text)
    assert version is not None
    seen = {"point": "estimate_cents", "value": "25 000", "proof": "interview", "version": version[1]}
    shown = await send(shell, f"/ui/cases/{cases[0]}/facts", seen | {"go": "preview"})
    assert shown.status_code == 200
    assert "Rien n'est encore enregistré." in shown.text
    assert "elles proposeraient : <strong>refuser</strong>" in shown.text
    assert 'value="25 000"' in shown.text
    again = (await read(shell, f"/ui/cases/{cases[0]}")).text
    assert f'name="version" value="{version[1]}"' in again, "nothing was stored"
    other = {"point": "entered_on", "value": "01/02/2007", "member_rank": "7"}
    unfit = await send(shell, f"/ui/cases/{cases[0]}/facts", seen | other | {"go": "preview"})
    assert unfit.status_code == 422


async def test_the_bell_counts_what_its_list_shows(shell: Shell, cases: list[UUID]) -> None:
    bell = "/ui/work/pressing"
    before = int((await read(shell, bell, number=7)).text.strip() or 0)
    version = (await read(shell, f"/ui/cases/{cases[0]}", number=7)).text
    taken = {"version": re.search(r'name="version" value="(\d+)"', version)[1], "mine": "true"}  # type: ignore[index]
    assert (await send(shell, f"/ui/cases/{cases[0]}/assignee", taken, number=7)).status_code == 303
    listed = (await read(shell, "/ui?queue=pressing", number=7)).text
    counted = int((await read(shell, bell, number=7)).text.strip() or 0)
    assert counted == len(re.findall(r"/ui/cases/[0-9a-f-]{36}", listed))
    shell.move_to("2008-05-01")  # the silence is near
    await until(partial(pressing, shell, bell, before + 1))
    listed = (await read(shell, "/ui?queue=pressing", number=7)).text
    assert str(cases[0]) in listed
    assert (await read(shell, bell, number=8)).text.strip() == ""  # in nobody else's hands


async def pressing(shell: Shell, bell: str, count: int) -> bool:
    return int((await read(shell, bell, number=7)).text.strip() or 0) == count


@pytest.mark.parametrize(
    ("told", "on", "says"),
    [
        ({"deposited": "2024-03-11", "deposit": {"channel": "post"}}, "2024-03-11", "pour déposer en personne. Aucune"),
        ({"deposited": "2024-03-11"}, "2024-03-11", "pour apporter une photographie pour le titre. Le droit"),
        ({}, "2008-03-10", ""),
    ],
    ids=["by post", "no photograph", "a title of paper"],
)
async def test_the_page_of_a_case_says_why_the_person_is_to_come(
    shell: Shell, told: dict[str, Any], on: str, says: str
) -> None:
    shell.move_to(on)
    application = uuid7()
    await shell.tell(of(submitted(**told), application, "781"))
    await shell.known(application)
    text = (await read(shell, f"/ui/cases/{application}")).text
    assert ("Convocation au guichet" in text) is bool(says)
    assert says in text
