"""The letters of one file as pages: the list, a letter as it leaves, and the sheet in the language of the person."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

import pytest

from shared.access.principal import Role
from tests.letters.api.desk import Desk
from tests.letters.api.test_post_pages import page, send
from tests.letters.cases import TODAY, submitted
from tests.letters.test_handlers import numbered

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def spoken(desk: Desk, language: str) -> tuple[UUID, dict[str, Any]]:
    """A file of somebody who speaks this language, and its acknowledgement."""
    first = submitted(TODAY)
    (told,) = numbered(first.model_copy(update={"facts": first.facts.model_copy(update={"language": language})}))
    application = await desk.tell(told)
    return application, (await desk.letters(application, 1))["acknowledgement"]


async def test_the_sheet_in_the_persons_language_is_read_from_the_page_of_the_file(desk: Desk) -> None:
    application, letter = await spoken(desk, "ar")
    here = f"/ui/applications/{application}"
    shown = await page(desk, here)
    [path] = re.findall(r'href="([^"]+/leaflet)"', shown.text)
    assert path == f"{here}/letters/{letter['letter_id']}/leaflet"
    sheet = await page(desk, path)
    assert (sheet.status_code, sheet.content[:5]) == (200, b"%PDF-")
    assert sheet.headers["content-disposition"].endswith('-ar.pdf"')
    read = [one for one in desk.left("access.recorded", application) if one["resource"] == "letters.leaflet"]
    assert [one["purpose"] for one in read] == ["front_desk"]
    assert (await page(desk, path, role=Role.TECHNICIAN)).status_code == 200
    read = [one for one in desk.left("access.recorded", application) if one["resource"] == "letters.leaflet"]
    assert [one["purpose"] for one in read] == ["front_desk", "instruction"], "of who reads"
    assert (await page(desk, path, caisse="751")).status_code == 404
    assert (await page(desk, path, role=Role.OPERATOR, caisse=None)).status_code == 403
    desk.client.cookies.clear()
    assert (await desk.client.get(path)).status_code == 401


async def test_an_address_does_not_mix_two_files(desk: Desk) -> None:
    """Of the same caisse, so that its scope alone would let them pass."""
    own, letter = await spoken(desk, "ar")
    other, _ = await spoken(desk, "ar")
    for part in ("", "/leaflet", "/about", "/envelopes/1"):
        path = f"/letters/{letter['letter_id']}{part}"
        assert (await page(desk, f"/ui/applications/{other}{path}")).status_code == 404, part
    assert (await page(desk, f"/ui/applications/{own}/letters/{letter['letter_id']}")).status_code == 200
    void = await send(
        desk,
        f"/ui/applications/{other}/letters/{letter['letter_id']}/cancellation",
        {"reason": "other"},
        Role.TECHNICIAN,
    )
    assert void.status_code == 404
    assert (await desk.get(f"/letters/{letter['letter_id']}")).json()["state"] == "issued"
