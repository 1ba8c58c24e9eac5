"""What looks at every page sees the faults that pages once had: each is drawn here as it was, and found."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import BrowserContext, Page

from tests.browser import pages
from tests.browser.printed import columns, squeezed, text_in_sight

pytestmark = pytest.mark.browser
HEAD = '<!doctype html><html lang="fr"><meta charset="utf-8"><title>Page</title>'
CAISSES = [f"Caisse numéro {number} de la Seine" for number in range(11)]
WIDE = (
    "<style>.scroll { overflow-x: auto } th, td { padding: .4rem .6rem; white-space: nowrap }</style>"
    f'<main><div class="scroll"><table><thead><tr>{"".join(f"<th>{one}</th>" for one in CAISSES)}</tr></thead>'
    f"<tbody><tr>{'<td>12</td>' * len(CAISSES)}</tr></tbody></table></div></main>"
)
CASE = '<td><a href="/ui/cases/1">0192f0aa-3c1e-7c55-9b11-5a5b7c1d2e3f</a></td>'
SIGNALS = '<a href="/ui/pairs/1">31/12/2026</a> <a href="/ui/pairs/2">31/12/2026</a>'
CHOICE = (
    '<fieldset style="width: 9rem"><label><input type="radio" name="reason" value="a"> Papiers</label> '
    '<label style="margin-left: 1rem"><input type="radio" name="reason" value="other"> Autre motif, à préciser</label>'
    "</fieldset>"
)


@pytest.fixture
async def small(browser: BrowserContext) -> AsyncIterator[Page]:
    """A page on the smallest screen."""
    page = await browser.new_page()
    await page.set_viewport_size({"width": 320, "height": 800})
    yield page
    await page.close()


async def test_a_table_that_is_wider_than_the_screen_is_sideways(small: Page) -> None:
    await small.set_content(HEAD + WIDE.replace('class="scroll"', ""))
    assert await pages.sideways(small) > 300


async def test_columns_that_paper_cuts_are_missed(small: Page) -> None:
    await small.set_content(HEAD + WIDE)
    seen = squeezed(text_in_sight(await small.pdf(format="A4")))
    cut = [one for one in await columns(small) if squeezed(one) not in seen]
    assert CAISSES[-1] in cut
    assert CAISSES[0] not in cut


async def test_a_class_without_a_style_is_named(small: Page) -> None:
    await small.set_content(f'{HEAD}<p class="nowhere-styled visually-hidden">Lu</p>')
    assert await pages.unknown_classes(small) == {"nowhere-styled"}


async def test_identifiers_and_codes_in_sight_are_named(small: Page) -> None:
    await small.set_content(f"{HEAD}<table><tr>{CASE}</tr></table><p>Refus par motif : residence_too_short</p>")
    assert await pages.raw_codes(small) == ["0192f0aa-3c1e-", "residence_too_short"]


async def test_links_of_one_name_that_lead_elsewhere_are_named(small: Page) -> None:
    await small.set_content(HEAD + SIGNALS)
    assert await pages.links_of_one_name(small) == ["31/12/2026"]


async def test_a_choice_parted_from_its_words_is_named(small: Page) -> None:
    """The box is inside its label, and the words begin on the next line."""
    await small.set_content(HEAD + CHOICE.replace("> Autre", "> <br>Autre"))
    assert [one.strip() for one in await pages.parted_choices(small)] == ["Autre motif, à préciser"]
    await small.set_content(HEAD + CHOICE.replace("9rem", "40rem"))
    assert await pages.parted_choices(small) == []


async def test_what_no_reader_of_screens_can_use_is_named(small: Page) -> None:
    await small.set_content(f"{HEAD}<main><h1>Titre</h1><input name='q'></main>")
    assert any(one.startswith("label:") for one in await pages.axe_violations(small))
