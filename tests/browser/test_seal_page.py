"""The page that checks seals, on a host of its own, in a real browser: without a network too, by link and by camera."""

from __future__ import annotations

import asyncio
import datetime as dt
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pypdfium2
import pytest
import zxingcpp
from PIL import Image
from playwright.async_api import BrowserContext, Page, async_playwright

from services.letters.domain.seals import canonical, claims_of
from services.letters.pages.seal_check import FILES, HEADERS, TYPES
from services.letters.rendering.typst import render
from services.letters.store.seal_keys import public_document
from tests.browser.conftest import ARGUMENTS
from tests.browser.pages import axe_violations, sideways
from tests.letters.sealing import IN_FORCE, forged, sealed_example, token_of, url_of, voided_token

pytestmark = pytest.mark.browser
NOON = dt.datetime(IN_FORCE.year, IN_FORCE.month, IN_FORCE.day, 12, tzinfo=dt.UTC)
GOOD = "Authentique, en cours de validité"


@contextmanager
def hosted(lists: dict[str, bytes]) -> Iterator[str]:
    """A copy of the folder and of the two lists on a plain host; gone after the block."""
    files = {name: body for name, (body, _) in FILES.items()} | {"": FILES["index.html"][0]} | lists
    asked: list[str] = []

    class Host(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            name = self.path.lstrip("/")
            self.send_response(200 if name in files else 404)
            kind = TYPES.get(Path(name).suffix, "text/html" if not name else "application/octet-stream")
            for header, value in (HEADERS | {"Content-Type": kind}).items():
                self.send_header(header, value)
            self.end_headers()
            self.wfile.write(files.get(name, b""))

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Host)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
    assert all(len(path) < 40 for path in asked), "no seal left the browser"


def lists_of(folder: Path, *voided: str) -> dict[str, bytes]:
    keys = canonical(public_document(folder, IN_FORCE))
    return {
        "keys.json": keys,
        "voided.jws": voided_token(folder, IN_FORCE, *(claims_of(url) for url in voided)).encode(),
    }


@pytest.fixture
async def page(browser: BrowserContext) -> Page:
    opened = await browser.new_page()
    await opened.clock.set_fixed_time(NOON)
    return opened


async def said(page: Page, verdict: str) -> str:
    """What the page shows once it has this verdict."""
    await page.wait_for_selector(f'#result[data-verdict="{verdict}"]')
    return await page.inner_text("#result")


async def test_a_link_is_checked_offline_after_one_visit(page: Page, tmp_path: Path) -> None:
    good, gone = sealed_example(tmp_path), sealed_example(tmp_path)
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    with hosted(lists_of(tmp_path, url_of(gone))) as host:
        await page.goto(f"{host}#{token_of(good)}")
        shown = await said(page, "in_force")
        assert GOOD in shown
        assert claims_of(url_of(good))["p"][0][0] in shown
        assert page.url == host, "what was checked does not stay in the address"
        assert await axe_violations(page) == []
        await page.set_viewport_size({"width": 320, "height": 640})
        assert await sideways(page) == 0
        await page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        await page.wait_for_function("navigator.serviceWorker.controller !== null")
        assert complaints == []
    # The host is gone.
    for token, verdict in (
        (token_of(good), "in_force"),
        (token_of(gone), "voided"),
        (forged(token_of(good))["claim t"], "not_authentic"),
    ):
        await page.goto("about:blank")
        await page.goto(f"{host}#{token}")
        await said(page, verdict)


async def test_webcrypto_refuses_what_was_changed(page: Page, tmp_path: Path) -> None:
    """The same vectors as the command refuses."""
    token = token_of(sealed_example(tmp_path))
    with hosted(lists_of(tmp_path)) as host:
        await page.goto(host)
        answers = await page.evaluate(
            """async ([vectors, today]) => {
                const { checkSeal, readVoided } = await import("./verify.js");
                const keys = await (await fetch("keys.json")).json();
                const voided = await readVoided(await (await fetch("voided.jws")).text(), keys);
                const found = {};
                for (const [name, text] of Object.entries(vectors)) {
                    found[name] = (await checkSeal(text, keys, voided, today)).verdict;
                }
                return found;
            }""",
            [forged(token) | {"as it is": token}, IN_FORCE.isoformat()],
        )
    assert answers.pop("as it is") == "in_force"
    assert {name: verdict for name, verdict in answers.items() if verdict != "not_authentic"} == {}


async def test_without_lists_nothing_is_said_to_be_forged(page: Page, tmp_path: Path) -> None:
    with hosted({}) as host:
        await page.goto(f"{host}#{token_of(sealed_example(tmp_path))}")
        await said(page, "unchecked")


async def test_its_own_scanner_reads_a_printed_letter(chromium: str, tmp_path: Path) -> None:
    letter = sealed_example(tmp_path)
    film = tmp_path / "camera.y4m"
    await asyncio.to_thread(filmed, render(letter.content, letter.template.file).body, film)
    camera = (
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-video-capture={film}",
    )
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(executable_path=chromium, args=[*ARGUMENTS, *camera])
        page = await (await started.new_context(locale="fr-FR")).new_page()
        await page.clock.set_fixed_time(NOON)
        with hosted(lists_of(tmp_path)) as host:
            await page.goto(host)
            await page.click("#scan")
            assert GOOD in await said(page, "in_force")
        await started.close()


def filmed(pdf: bytes, film: Path) -> None:
    """The sheet held so that its code lies in the middle: a few grey frames of 1280 x 960."""
    document = pypdfium2.PdfDocument(pdf)
    sheet = document[len(document) - 1].render(scale=300 / 72).to_pil().convert("L")
    (code,) = zxingcpp.read_barcodes(sheet, formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode))
    middle = (code.position.top_left.x + code.position.bottom_right.x) // 2
    height = (code.position.top_left.y + code.position.bottom_right.y) // 2
    seen = Image.new("L", (1280, 960), 200)
    seen.paste(sheet, (640 - middle, 480 - height))
    chroma = bytes([128]) * (640 * 480 * 2)
    frame = b"FRAME\n" + seen.tobytes() + chroma
    film.write_bytes(b"YUV4MPEG2 W1280 H960 F10:1 Ip A1:1 C420jpeg\n" + frame * 5)
