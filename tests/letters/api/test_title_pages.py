"""The pages of titles: a photograph cropped by a person, ordered, received, handed over, lost, made again; paper."""

from __future__ import annotations

import io
import re
from typing import Any
from uuid import UUID

import pytest
from PIL import Image, ImageDraw

from services.letters.domain import library
from services.letters.domain.titles import photograph
from services.letters.domain.titles.photograph import Box
from services.letters.pages.batches import sheet_ranges
from shared.access.principal import Role
from tests.letters.api.desk import LATE, Desk, told
from tests.letters.api.test_post_pages import carried_out, page, send, words
from tests.letters.api.test_titles import admitted
from tests.letters.cases import TODAY, granted

pytestmark = pytest.mark.asyncio(loop_scope="module")
ON = LATE
GIVEN = {"handed_on": LATE, "received_by": "applicant", "name": "", "identity_paper": "passport", "desk": "Accueil"}


def portrait(width: int = 900, height: int = 1200) -> bytes:
    """A drawing with sharp edges before a light blue ground."""
    image = Image.new("RGB", (width, height), (190, 205, 225))
    pen = ImageDraw.Draw(image)
    pen.ellipse((width // 4, height // 5, 3 * width // 4, 4 * height // 5), fill=(120, 90, 70))
    for line in range(0, width, 9):
        pen.line((line, height // 2, line, height), fill=(20, 20, 20), width=3)
    kept = io.BytesIO()
    image.save(kept, "JPEG", quality=95)
    return kept.getvalue()


async def test_a_photograph_is_taken_moved_and_confirmed_by_a_person(desk: Desk) -> None:
    application, _ = await told(desk, granted(TODAY))
    path = f"/ui/applications/{application}/members/0/photograph"
    empty = await page(desk, path)
    assert 'capture="user"' in empty.text
    wrong = await send(desk, path, {}, files={"photograph": ("a.txt", b"no picture", "text/plain")})
    assert (wrong.status_code, "JPEG ou PNG attendu" in wrong.text) == (422, True)
    assert "La décision n'attend pas" in wrong.text
    given = await send(desk, path, {}, files={"photograph": ("a.jpg", portrait(), "image/jpeg")})
    assert given.status_code == 303
    shown = await page(desk, path)
    assert "Confirmer ce cadre" in shown.text
    left, top, width = (re.findall(rf'name="{name}" value="(\d+)"', shown.text)[0] for name in ("left", "top", "width"))
    closer = re.findall(r'href="[^"]*\?left=(\d+)&amp;top=(\d+)&amp;width=(\d+)">Plus serré', shown.text)[0]
    assert int(closer[2]) < int(width)
    moved = await page(desk, f"{path}?left={closer[0]}&top={closer[1]}&width={closer[2]}")
    assert f'name="width" value="{closer[2]}"' in moved.text
    framed = await page(desk, f"{path}/picture?left={left}&top={top}&width={width}")
    assert Image.open(io.BytesIO(framed.content)).size == Image.open(io.BytesIO(portrait())).size
    outside = await send(desk, f"{path}/crop", {"left": "880", "top": "0", "width": "600"})
    assert outside.status_code == 422
    faults = re.findall(r'name="despite" value="([a-z_]+)"', shown.text)
    done = await send(desk, f"{path}/crop", {"left": left, "top": top, "width": width, "despite": faults})
    assert done.status_code == 303
    confirmed = await page(desk, path)
    assert "confirmée" in words(confirmed.text)
    picture = await page(desk, f"{path}/picture")
    assert Image.open(io.BytesIO(picture.content)).size == (413, 531)
    for address in (path, f"{path}/picture"):
        assert (await page(desk, address, caisse="751")).status_code == 404
    assert (await page(desk, path.replace("/0/", "/29/"))).status_code == 404
    assert (await send(desk, f"{path}/forgetting", {})).status_code == 303
    assert "aucune photographie" in words((await page(desk, path)).text)


def test_a_box_stays_inside_and_in_the_ratio_wherever_it_is_moved() -> None:
    rules = library.title_rules().photograph
    box = photograph.proposed_box(900, 1200, rules)
    for step in ("right", "down", "smaller", "right", "down", "larger", "larger", "up", "left", "larger") * 6:
        box = photograph.moved(box, step, 900, 1200, rules)
        assert 0 <= box.left <= 900 - box.width
        assert 0 <= box.top <= 1200 - box.height
        assert box.width >= rules.width
        assert abs(box.width / box.height / (rules.width / rules.height) - 1) <= rules.ratio_tolerance
    assert photograph.moved(Box(0, 0, 413, 531), "smaller", 900, 1200, rules).width == rules.width


async def test_a_title_goes_from_its_order_to_the_hand_over_and_its_duplicate(desk: Desk) -> None:
    application, titles = await admitted(desk)
    path = f"/ui/applications/{application}/titles"
    serial = titles[0]["serial"]
    assert "manque : le titre l'attend" in words((await page(desk, path)).text)
    early = await send(desk, f"{path}/hand-over", GIVEN | {"serial": serial})
    assert early.status_code == 422
    desk.sql.execute("UPDATE titles SET state = 'produced' WHERE serial = %s", (serial,))
    assert (await send(desk, f"{path}/reception", {"serial": serial})).status_code == 303
    waiting = await page(desk, "/ui/titles")
    assert serial in waiting.text
    assert "KONÉ" in waiting.text, "a row has a human name"
    assert serial not in (await page(desk, "/ui/titles", caisse="751")).text
    nobody = await send(desk, f"{path}/hand-over", GIVEN | {"serial": serial, "received_by": "representative"})
    assert (nobody.status_code, "Dites qui a reçu" in nobody.text) == (422, True)
    assert 'value="Accueil"' in nobody.text, "what was typed is kept"
    assert (await send(desk, f"{path}/hand-over", GIVEN | {"serial": serial})).status_code == 303
    await carried_out(desk)
    assert "title_receipt" in await desk.letters(UUID(application), 4)
    without = await send(desk, f"{path}/void", {"serial": serial, "reason": ""})
    assert without.status_code == 422
    assert (await send(desk, f"{path}/void", {"serial": serial, "reason": "theft"})).status_code == 303
    shown = words((await page(desk, path)).text)
    assert "volé" in shown
    assert "Commander le duplicata" in shown
    assert (await send(desk, f"{path}/duplicate", {"serial": serial})).status_code == 303
    assert "duplicata n° 1" in words((await page(desk, path)).text)
    other, _ = await told(desk, granted(TODAY))
    assert (await send(desk, f"/ui/applications/{other}/titles/void", {"serial": serial})).status_code == 404
    assert (await page(desk, path, caisse="751")).status_code == 404
    assert (await send(desk, f"{path}/unheard-of", {"serial": serial})).status_code == 404


async def test_a_hand_over_is_undone_until_its_receipt_is_written(desk: Desk) -> None:
    application, titles = await admitted(desk)
    path = f"/ui/applications/{application}/titles"
    serial = titles[0]["serial"]
    desk.sql.execute("UPDATE titles SET state = 'received' WHERE serial = %s", (serial,))
    given = GIVEN | {"serial": serial, "received_by": "representative", "name": "Diallo Mamadou"}
    assert (await send(desk, f"{path}/hand-over", given)).status_code == 303
    shown = await page(desk, path)
    assert "Sa remise est notée" in words(shown.text)
    assert 'name="received_by"' not in shown.text, "it is not handed over twice"
    assert (await send(desk, f"{path}/hand-over", given)).status_code == 422
    assert desk.left("title.handed_over", application) == [], "nobody hears of it before its time is up"
    assert (await desk.get(f"/titles/{serial}")).json()["state"] == "received"
    [undoing] = re.findall(r'action="(/ui/held-acts/[0-9a-f-]{36}/undoing)"', shown.text)
    [hastening] = re.findall(r'action="(/ui/held-acts/[0-9a-f-]{36}/hastening)"', shown.text)
    for button in (undoing, hastening):
        assert (await send(desk, button, {}, caisse="751")).status_code == 404
        assert (await send(desk, button, {}, role=Role.AUDITOR)).status_code in (403, 404)
    undone = await send(desk, undoing, {})
    assert (undone.status_code, undone.headers["location"]) == (303, path)
    assert desk.sql.execute("SELECT 1 FROM held_acts WHERE said::text LIKE '%Diallo%'").fetchone() is None
    await send(desk, f"{path}/hand-over", given)
    [hastening] = re.findall(r'action="(/ui/held-acts/[0-9a-f-]{36}/hastening)"', (await page(desk, path)).text)
    assert (await send(desk, hastening, {})).status_code == 303
    assert "title_receipt" in await desk.letters(UUID(application), 3)
    assert [told["serial"] for told in desk.left("title.handed_over", application)] == [serial]
    assert (await desk.get(f"/titles/{serial}")).json()["state"] == "handed_over"
    desk.sql.execute("UPDATE titles SET state = 'received' WHERE serial = %s", (serial,))


async def test_a_hand_over_that_became_impossible_says_why(desk: Desk) -> None:
    application, titles = await admitted(desk)
    path = f"/ui/applications/{application}/titles"
    serial = titles[0]["serial"]
    desk.sql.execute("UPDATE titles SET state = 'received' WHERE serial = %s", (serial,))
    assert (await send(desk, f"{path}/hand-over", GIVEN | {"serial": serial})).status_code == 303
    assert (await send(desk, f"{path}/void", {"serial": serial, "reason": "theft"})).status_code == 303
    await carried_out(desk)
    assert "Ce titre n'est plus valable." in words((await page(desk, path)).text)
    assert desk.left("title.handed_over", application) == []


async def test_cards_are_ordered_and_the_answer_is_read_line_by_line(desk: Desk) -> None:
    nothing = await send(desk, "/ui/title-orders", {}, caisse="751")
    assert (nothing.status_code, "Aucune carte" in nothing.text) == (422, True)
    application, titles = await admitted(desk)
    path = f"/ui/applications/{application}/members/0/photograph"
    await send(desk, path, {}, files={"photograph": ("a.jpg", portrait(), "image/jpeg")})
    shown = await page(desk, path)
    box: dict[str, Any] = {
        name: re.findall(rf'name="{name}" value="(\d+)"', shown.text)[0] for name in ("left", "top", "width")
    }
    despite = re.findall(r'name="despite" value="([a-z_]+)"', shown.text)
    assert (await send(desk, f"{path}/crop", box | {"despite": despite})).status_code == 303
    assert (await send(desk, "/ui/title-orders", {})).status_code == 303
    orders = await page(desk, "/ui/title-orders")
    order = re.findall(r"/ui/title-orders/([0-9a-f-]{36})/file", orders.text)[0]
    assert (await page(desk, f"/ui/title-orders/{order}/file")).content.startswith(b"PK")
    assert (await page(desk, f"/ui/title-orders/{order}/file", caisse="751")).status_code == 404
    answer = f"serial;verdict;on;reason\n{titles[0]['serial']};made;{LATE};\nnobody;made;{LATE};\n"
    read = await send(
        desk, f"/ui/title-orders/{order}/answer", {}, files={"answer": ("r.csv", answer.encode(), "text/csv")}
    )
    assert ("fabriqué" in read.text, "numéro inconnu" in read.text) == (True, True)
    broken = await send(desk, f"/ui/title-orders/{order}/answer", {}, files={"answer": ("r.csv", b"\xff", "text/csv")})
    assert broken.status_code == 422


async def test_paper_is_counted_by_two_people_and_every_sheet_has_its_fate(desk: Desk) -> None:
    delivery = {"supplier": "Imprimerie", "on": "2026-10-01", "sheets": "PG-000001 à PG-000100", "counted": "99"}
    wrong = await send(desk, "/ui/paper/deliveries", delivery)
    assert (wrong.status_code, "100 feuille(s)" in wrong.text) == (422, True)
    assert "PG-000001 à PG-000100" in wrong.text, "what was typed is kept"
    assert (await send(desk, "/ui/paper/deliveries", delivery | {"counted": "100"})).status_code == 303
    mine = await page(desk, "/ui/paper")
    count = desk.sql.execute("SELECT count_id FROM paper_counts ORDER BY count_id DESC LIMIT 1").fetchone()
    assert count is not None
    confirmation = {"count": str(count[0]), "counted": "100"}
    assert (await send(desk, "/ui/paper/confirmations", confirmation)).status_code == 422, "the same person"
    assert "seconde personne" in words(mine.text)
    second = await send(desk, "/ui/paper/confirmations", confirmation, role=Role.TECHNICIAN)
    assert second.status_code == 303
    shown = words((await page(desk, "/ui/paper")).text)
    assert "les deux sont d'accord" in shown
    assert "Imprimerie 100 100 0 0 0" in shown
    spoiled = {"serials": "PG-000003, PG-000004", "cause": "jam", "on": LATE}
    assert (await send(desk, "/ui/paper/spoilages", spoiled)).status_code == 303
    assert "est gâchée" in words((await page(desk, "/ui/paper?serial=pg-000003")).text)
    move = {"sheets": "PG-000010 à PG-000020", "from_place": "coffre", "to_place": "éditique", "on": LATE, "reason": ""}
    assert (await send(desk, "/ui/paper/movements", move)).status_code == 422, "a place is a plain word"
    assert (await send(desk, "/ui/paper/movements", move | {"to_place": "atelier"})).status_code == 303
    seen = {"on": LATE, "sheets": "PG-000001 à PG-000090"}
    assert (await send(desk, "/ui/paper/inventories", seen)).status_code == 303
    last = desk.sql.execute("SELECT count_id FROM paper_counts WHERE subject = 'inventory'").fetchone()
    assert last is not None
    agreed = {"count": str(last[0]), "counted": "90"}
    assert (await send(desk, "/ui/paper/confirmations", agreed, role=Role.TECHNICIAN)).status_code == 303
    shown = words((await page(desk, "/ui/paper", role=Role.SUPERVISOR)).text)
    assert "Introuvables : PG-000091 à PG-000100" in shown
    lost = {"sheets": "PG-000091 à PG-000100", "on": LATE}
    assert (await send(desk, "/ui/paper/losses", lost)).status_code == 404, "a supervisor declares it"
    assert (await send(desk, "/ui/paper/losses", lost, role=Role.SUPERVISOR)).status_code == 303
    assert (await page(desk, "/ui/paper", role=Role.AUDITOR, caisse=None)).status_code == 200
    elsewhere = await page(desk, "/ui/paper", caisse="751")
    assert "PG-0000" not in elsewhere.text
    assert (await send(desk, "/ui/paper/confirmations", agreed, caisse="751")).status_code == 404
    assert (await send(desk, "/ui/paper/confirmations", {"count": "x", "counted": "1"})).status_code == 404


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("A001 à A050", [("A001", "A050")]),
        ("a001 A a050\n\nB007", [("A001", "A050"), ("B007", "B007")]),
        ("EX-1..EX-9", [("EX-1", "EX-9")]),
        ("what is this", [("WHAT IS THIS", "WHAT IS THIS")]),
    ],
)
def test_ranges_are_read_as_people_write_them(text: str, found: list[tuple[str, str]]) -> None:
    assert [(one["first_serial"], one["last_serial"]) for one in sheet_ranges(text)] == found
