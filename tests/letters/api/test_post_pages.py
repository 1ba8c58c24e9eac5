"""The pages of the post: what waits and why, one act for many letters, undone as one, batches, returns, a letter."""

from __future__ import annotations

import html as entities
import re
from typing import Any

import httpx
import pytest

from services.letters.app import SERVICE
from shared.access.principal import Role
from shared.ids import uuid7
from tests.forms import form_token
from tests.letters.api.desk import Desk
from tests.letters.cases import TODAY, granted, refused, submitted
from tests.letters.test_handlers import numbered
from tests.sessions import signed_in
from tests.waiting import until

ON = "2026-11-16"
OURS = "931"
pytestmark = pytest.mark.asyncio(loop_scope="module")


def words(text: str) -> str:
    """The text of a page, without drawings and tags."""
    return re.sub(r"\s+", " ", entities.unescape(re.sub(r"(?s)<svg.*?</svg>|<[^>]+>", " ", text)))


async def send(
    desk: Desk, path: str, data: dict[str, Any], role: Role = Role.AGENT, caisse: str = OURS, **options: Any
) -> httpx.Response:
    """A form of somebody of this role, sent as a browser does."""
    desk.client.cookies.clear()
    signed_in(desk.client, desk.settings, role, caisse)
    token = await form_token(desk.client)
    return await desk.client.post(path, data=data | {"form_token": token}, **options)


async def page(desk: Desk, path: str, role: Role = Role.AGENT, caisse: str | None = OURS) -> httpx.Response:
    """A page as it is addressed, query and all."""
    desk.client.cookies.clear()
    return await desk.client.get(path, headers=desk.token(role, caisse))


async def letters_of(desk: Desk, count: int) -> list[dict[str, Any]]:
    """So many acknowledgements, drawn."""
    found = []
    for _ in range(count):
        application = await desk.tell(*numbered(submitted(TODAY)))
        letter = (await desk.letters(application, 1))["acknowledgement"]
        assert (await desk.get(f"/letters/{letter['letter_id']}/pdf")).status_code == 200
        found.append(letter)
        assert letter["state"] == "issued"
    return found


async def due(desk: Desk, act: str) -> str:
    """The page of an act once it is carried out."""
    desk.sql.execute("UPDATE posting_acts SET due_at = now() - interval '1 second' WHERE state = 'waiting'")

    async def done() -> Any:
        shown = await page(desk, act)
        return shown.text if "Envoi enregistré" in shown.text else None

    return str(await until(done))


async def carried_out(desk: Desk) -> None:
    """What was noted is carried out: its time is up."""
    desk.sql.execute("UPDATE held_acts SET due_at = now() WHERE state = 'waiting'")

    async def over() -> bool:
        return desk.sql.execute("SELECT 1 FROM held_acts WHERE state = 'waiting'").fetchone() is None

    await until(over)


async def test_what_waits_is_listed_with_its_person_and_what_keeps_it_back(desk: Desk) -> None:
    ready, kept = await letters_of(desk, 2)
    desk.sql.execute(
        "INSERT INTO address_states (application_id, state, since, letter_id) VALUES (%s, 'doubtful', now(), %s)",
        (kept["application_id"], kept["letter_id"]),
    )
    shown = await page(desk, "/ui/post?kind=acknowledgement")
    assert shown.status_code == 200
    assert f'value="{ready["letter_id"]}" checked' in shown.text
    assert f'value="{kept["letter_id"]}"' not in shown.text, "what cannot leave cannot be ticked"
    said = words(shown.text)
    assert "un retour a mis l'adresse en doute" in said
    assert "KONÉ" in said
    assert not re.search(r"\b[0-9a-f]{8}\b", said), "nothing is called by its id"
    other = await page(desk, "/ui/post", caisse="751")
    assert ready["letter_id"] not in other.text
    assert (await page(desk, "/ui/post", role=Role.AUDITOR, caisse=None)).status_code == 403
    assert (await desk.client.get("/ui/post")).status_code == 401
    count = words((await page(desk, "/ui/post/waiting")).text)
    assert re.match(r"\s*\d+ à poster", count)


async def test_many_letters_leave_as_one_act_that_is_undone_as_one(desk: Desk) -> None:
    first, second = await letters_of(desk, 2)
    ids = [first["letter_id"], second["letter_id"]]
    empty = await send(desk, "/ui/post/check", {"posted_on": first["issued_on"]})
    assert (empty.status_code, "Cochez au moins un courrier." in empty.text) == (422, True)
    check = await send(desk, "/ui/post/check", {"letter": ids, "posted_on": first["issued_on"], "way": "ordinary"})
    assert "Confirmer l'envoi de 2 courriers" in entities.unescape(check.text)
    ahead = await send(desk, "/ui/post/acts", {"letter": ids, "posted_on": "2027-01-01", "way": "ordinary"})
    assert (ahead.status_code, "à venir" in ahead.text) == (422, True)
    assert 'value="2027-01-01"' in ahead.text, "what was typed is kept"
    noted = await send(desk, "/ui/post/acts", {"letter": ids, "posted_on": first["issued_on"], "way": "ordinary"})
    assert noted.status_code == 303
    act = noted.headers["location"]
    assert "Annuler tout l'envoi" in entities.unescape((await page(desk, act)).text)
    assert desk.left("letter.posted", first["application_id"]) == [], "nobody hears of it before its time is up"
    assert "envoi en cours d'enregistrement" in words((await page(desk, "/ui/post?kind=acknowledgement")).text)
    twice = await send(desk, "/ui/post/acts", {"letter": ids[:1], "posted_on": first["issued_on"], "way": "ordinary"})
    assert twice.status_code == 409
    assert (await send(desk, f"{act}/undoing", {}, caisse="751")).status_code == 404
    undone = await send(desk, f"{act}/undoing", {})
    assert (undone.status_code, undone.headers["location"]) == (303, "/ui/post")
    assert "Envoi annulé" in (await page(desk, act)).text
    for one in (first, second):
        letter = (await desk.get(f"/letters/{one['letter_id']}")).json()
        assert (letter["state"], desk.left("letter.posted", one["application_id"])) == ("issued", [])


async def test_an_act_whose_time_is_up_has_a_verdict_for_each_letter(desk: Desk) -> None:
    first, second = await letters_of(desk, 2)
    body = {"letter": [first["letter_id"], second["letter_id"]], "posted_on": first["issued_on"], "way": "ordinary"}
    act = (await send(desk, "/ui/post/acts", body)).headers["location"]
    await desk.post(f"/letters/{second['letter_id']}/cancellation", {"reason": "wrong_address"})
    said = words(await due(desk, act))
    assert "1 courrier parti , 1 resté" in said or "1 courrier parti, 1 resté" in said
    assert "annulé" in said
    [posted] = desk.left("letter.posted", first["application_id"])
    assert (posted["posted_on"], posted["actor"]["id"]) == (first["issued_on"], f"agent-{OURS}")
    late = await send(desk, f"{act}/undoing", {})
    assert late.status_code == 409
    assert "ne s'annule plus" in entities.unescape(late.text)


async def test_an_act_that_fails_holds_no_other_up_and_is_undone(desk: Desk) -> None:
    first, second = await letters_of(desk, 2)
    body = {"letter": [first["letter_id"]], "posted_on": first["issued_on"], "way": "ordinary"}
    broken = (await send(desk, "/ui/post/acts", body)).headers["location"]
    desk.sql.execute("UPDATE posting_acts SET batch_id = %s WHERE state = 'waiting'", (uuid7(),))  # of no batch
    act = (await send(desk, "/ui/post/acts", body | {"letter": [second["letter_id"]]})).headers["location"]
    assert "1 courrier parti" in words(await due(desk, act))
    assert desk.left("letter.posted", first["application_id"]) == []
    assert (await send(desk, f"{broken}/undoing", {})).status_code == 303


async def test_a_registered_posting_wants_a_number_for_each_letter(desk: Desk) -> None:
    [one] = await letters_of(desk, 1)
    body = {"letter": [one["letter_id"]], "posted_on": one["issued_on"], "way": "registered"}
    wrong = await send(desk, "/ui/post/acts", body)
    assert (wrong.status_code, f'href="#number_{one["letter_id"]}"' in wrong.text) == (422, True)
    act = await send(desk, "/ui/post/acts", body | {f"number_{one['letter_id']}": "2c123456789012"})
    await due(desk, act.headers["location"])
    despatches = (await desk.get(f"/letters/{one['letter_id']}/despatches")).json()["despatches"]
    assert [(sent["way"], sent["number"]) for sent in despatches] == [("registered", "2C123456789012")]


async def test_a_batch_goes_from_ready_to_posted_in_four_steps(desk: Desk) -> None:
    await letters_of(desk, 3)
    made = await send(desk, "/ui/post/batches", {})
    batch = made.headers["location"]
    assert re.fullmatch(r"/ui/post/batches/[0-9a-f-]{36}", batch), "one batch is opened at once"
    shown = await page(desk, batch)
    pulled = re.findall(r'name="letter" value="([0-9a-f-]{36})"', shown.text)[0]
    assert (await send(desk, f"{batch}/pulls", {"letter": pulled})).status_code == 303
    assert "retiré" in words((await page(desk, batch)).text)
    assert (await send(desk, f"{batch}/pulls", {"letter": str(uuid7())})).status_code == 422
    assert (await send(desk, f"{batch}/taking", {})).status_code == 303
    pdf = await page(desk, f"{batch}/pdf")
    assert pdf.content.startswith(b"%PDF")
    assert (await send(desk, f"{batch}/printing", {"through": "x"})).status_code == 422
    assert (await send(desk, f"{batch}/printing", {"through": ""})).status_code == 303
    unsure = await send(desk, f"{batch}/posting", {"posted_on": ON})
    assert (unsure.status_code, "Cochez la confirmation" in unsure.text) == (422, True)
    noted = await send(desk, f"{batch}/posting", {"posted_on": ON, "confirmed": "yes"})
    act = noted.headers["location"]
    assert "s'enregistre" in words((await page(desk, batch)).text)
    assert "Envoi enregistré" in await due(desk, act)
    assert "Parti le 16/11/2026" in words((await page(desk, batch)).text)
    for path in (batch, f"{batch}/pdf", act):
        assert (await page(desk, path, caisse="751")).status_code == 404
    late = await send(desk, f"{batch}/taking", {})
    assert (late.status_code, "n'est plus" in entities.unescape(late.text)) == (422, True)


async def test_a_return_is_one_scan_and_one_key(desk: Desk) -> None:
    [one] = await letters_of(desk, 1)
    await desk.post(f"/letters/{one['letter_id']}/posting", {"posted_on": one["issued_on"]})
    scan = await send(desk, "/ui/returns", {"scanned": one["number"], "cause": ""})
    assert scan.status_code == 200
    assert f'value="{one["number"]}"' in scan.text
    assert re.search(r'id="cause"[^>]*autofocus', scan.text), "the next key is the cause"
    wrong = await send(desk, "/ui/returns", {"scanned": one["number"], "cause": "9"})
    assert (wrong.status_code, "Une touche de 1 à 4." in wrong.text) == (422, True)
    done = await send(desk, "/ui/returns", {"scanned": one["number"], "cause": "1"})
    assert done.status_code == 303
    shown = (await desk.client.get("/ui/returns", headers={"accept": "text/html"})).text
    assert "Retour noté : accusé de réception" in words(shown)
    assert "L'adresse est en doute" in words(shown)
    assert desk.left("letter.returned", one["application_id"]) == [], "nobody hears of it before its time is up"
    twice = await send(desk, "/ui/returns", {"scanned": one["number"], "cause": "2"})
    assert (twice.status_code, "Un acte est déjà noté ici" in twice.text) == (422, True)
    await carried_out(desk)
    assert desk.left("letter.returned", one["application_id"])[0]["cause"] == "unknown"
    stray = await send(desk, "/ui/returns", {"scanned": "00000000000000000001", "cause": "3"})
    assert stray.status_code == 303
    await carried_out(desk)
    unknown = words((await page(desk, "/ui/returns?unknown=true")).text)
    assert "00000000000000000001" in unknown
    elsewhere = words((await page(desk, "/ui/returns", caisse="751")).text)
    assert "Rien n'est revenu" in elsewhere


async def test_a_return_is_undone_until_it_is_carried_out(desk: Desk) -> None:
    [one] = await letters_of(desk, 1)
    await desk.post(f"/letters/{one['letter_id']}/posting", {"posted_on": one["issued_on"]})
    await send(desk, "/ui/returns", {"scanned": one["number"], "cause": "1"})
    shown = await page(desk, "/ui/returns")
    assert "s'enregistre à" in words(shown.text)
    assert "KONÉ" in words(shown.text)
    [undoing] = re.findall(r'action="(/ui/held-acts/[0-9a-f-]{36}/undoing)"', shown.text)
    assert (await send(desk, undoing, {}, caisse="751")).status_code == 404
    assert undoing not in (await page(desk, "/ui/returns", caisse="751")).text
    undone = await send(desk, undoing, {})
    assert (undone.status_code, undone.headers["location"]) == (303, "/ui/returns")
    await carried_out(desk)
    assert desk.left("letter.returned", one["application_id"]) == []
    assert "address_doubtful" not in (await desk.get(f"/letters/{one['letter_id']}")).text
    await send(desk, "/ui/returns", {"scanned": one["number"], "cause": "2"})
    await carried_out(desk)
    assert [event["cause"] for event in desk.left("letter.returned", one["application_id"])] == ["access"]
    [late] = desk.sql.execute(
        "SELECT act_id FROM held_acts WHERE state = 'done' AND kind = 'return' ORDER BY act_id DESC LIMIT 1"
    ).fetchall()
    answer = await send(desk, f"/ui/held-acts/{late[0]}/undoing", {})
    assert (answer.status_code, "ne s'annule plus" in entities.unescape(answer.text)) == (409, True)


async def test_a_letter_shows_its_words_its_law_and_what_it_starts(desk: Desk) -> None:
    (first,) = numbered(submitted(TODAY))
    application = await desk.tell(first, *numbered(refused(TODAY), application_id=first.application_id))
    letter = (await desk.letters(application, 2))["refusal"]
    about = f"/ui/applications/{application}/letters/{letter['letter_id']}/about"
    shown = words((await page(desk, about, role=Role.TECHNICIAN)).text)
    assert "(code de l'action sociale" in shown.lower() or "CASF" in shown or "L. 251-1" in shown, "the law is cited"
    assert "Le délai de recours ne court pas encore" in shown
    act = f"/ui/applications/{application}/letters/{letter['letter_id']}"
    await desk.post(
        f"/letters/{letter['letter_id']}/posting",
        {"posted_on": letter["issued_on"], "way": "registered", "number": "2C123456789012"},
    )
    fact = {"despatch_no": "1", "kind": "collected", "on": ON, "signed_by": "A. KONÉ"}
    assert (await send(desk, f"{act}/facts", fact)).status_code == 303
    shown = words((await page(desk, about)).text)
    assert "prouvée" in shown
    assert "Le délai de recours court depuis le 16/11/2026" in shown
    other = fact | {"kind": "returned", "cause": "unclaimed"}
    assert (await send(desk, f"{act}/facts", other)).status_code == 303
    contradicted = await page(desk, about, role=Role.TECHNICIAN)
    assert "contredit par une autre réponse" in contradicted.text
    assert "Aucun délai de recours ne peut être opposé" in contradicted.text
    chosen = re.findall(r'name="fact_id" value="([0-9a-f-]{36})"', contradicted.text)[0]
    choice = {"despatch_no": "1", "fact_id": chosen}
    assert (await send(desk, f"{act}/choice", choice)).status_code == 404, "an agent chooses nothing"
    assert (await send(desk, f"{act}/choice", choice, role=Role.TECHNICIAN)).status_code == 303
    assert (await send(desk, f"{act}/facts", fact | {"on": "2030-01-01"})).status_code == 422
    image = {"envelope": ("pli.png", b"\x89PNG envelope", "image/png")}
    assert (await send(desk, f"{act}/envelope", {"despatch_no": "1"}, files=image)).status_code == 303
    assert (await page(desk, f"{act}/envelopes/1")).content == b"\x89PNG envelope"
    for path in (about, f"{act}/envelopes/1"):
        assert (await page(desk, path, caisse="751")).status_code == 404
    assert (await page(desk, about.replace(str(application), str(uuid7())))).status_code == 404


async def test_a_letter_is_cancelled_or_handed_over_from_its_page(desk: Desk) -> None:
    (first,) = numbered(submitted(TODAY))
    application = await desk.tell(first, *numbered(granted(TODAY), application_id=first.application_id))
    letters = await desk.letters(application, 2)
    act = f"/ui/applications/{application}/letters"
    gone = f"{act}/{letters['acknowledgement']['letter_id']}"
    nothing = await send(desk, f"{gone}/cancellation", {"reason": ""}, role=Role.TECHNICIAN)
    assert nothing.status_code == 422
    assert (await send(desk, f"{gone}/cancellation", {"reason": "other"})).status_code == 404
    assert (await send(desk, f"{gone}/cancellation", {"reason": "other"}, role=Role.TECHNICIAN)).status_code == 303
    assert "Annulée : elle n'a aucun effet." in words((await page(desk, f"{gone}/about")).text)
    by_hand = f"{act}/{letters['admission']['letter_id']}"
    given = {"handed_on": ON, "received_by": "representative", "name": "", "identity_paper": "passport", "desk": "A"}
    wrong = await send(desk, f"{by_hand}/hand-over", given)
    assert (wrong.status_code, "Dites qui a reçu" in wrong.text) == (422, True)
    assert (await send(desk, f"{by_hand}/hand-over", given | {"name": "M. Diallo"})).status_code == 303
    assert "remis en main propre" in words((await page(desk, f"{by_hand}/about")).text)
    assert (await send(desk, f"{by_hand}/unheard-of", {})).status_code == 404


def test_what_is_carried_out_is_background_work_of_the_service() -> None:
    assert {"carry_out_postings", "carry_out_held_acts"} <= {job.__name__ for job in SERVICE.background}
