"""What every page must be, whoever reads it: said once, asked of each page of each role."""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path
from typing import Any

from playwright.async_api import Page

from shared.web.pages import LAYOUT

AXE = next((Path(__file__).parent / "vendor").glob("axe-*.min.js"))
STYLES = "".join(path.read_text("utf-8") for path in (LAYOUT.parent / "static").glob("*.css"))
KNOWN_CLASSES = set(re.findall(r"\.([a-z][a-z0-9-]*)", STYLES))
RAW_CODE = re.compile(r"\b[a-z]+_[a-z_]+\b")
UUID = re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-")


async def axe_violations(page: Page) -> list[str]:
    """What axe-core finds against WCAG 2.2 A and AA, one line a rule with the first place.

    Only violations are written out: a selector for every element that passes is most of its time on long tables.
    """
    await page.evaluate(AXE.read_text("utf-8"))
    found: dict[str, Any] = await page.evaluate(
        "axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],"
        " resultTypes: ['violations'], selectors: false, preload: false})"
    )
    return [f"{one['id']}: {one['help']} ({one['nodes'][0]['html'][:120]})" for one in found["violations"]]


async def sideways(page: Page) -> int:
    """By how many pixels the page is wider than its window."""
    return int(await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


async def unknown_classes(page: Page) -> set[str]:
    """Classes that no style sheet knows."""
    used: Collection[str] = await page.evaluate(
        "[...new Set([...document.querySelectorAll('[class]')].flatMap(e => [...e.classList]))]"
    )
    return {name for name in used if not name.startswith("htmx")} - KNOWN_CLASSES


async def links_of_one_name(page: Page) -> list[str]:
    """Names that two links of the page share although they lead elsewhere."""
    links: list[list[str]] = await page.evaluate(
        "[...document.querySelectorAll('a[href]')].filter(a => a.checkVisibility())"
        ".map(a => [(a.getAttribute('aria-label') || a.textContent).replace(/\\s+/g, ' ').trim(), a.href])"
    )
    places: dict[str, set[str]] = {}
    for name, href in links:
        places.setdefault(name, set()).add(href)
    return sorted(name for name, hrefs in places.items() if len(hrefs) > 1)


async def parted_choices(page: Page) -> list[str]:
    """Boxes and rounds whose words begin on another line than they stand on."""
    found: list[str] = await page.evaluate(
        "[...document.querySelectorAll('input[type=radio], input[type=checkbox]')]"
        ".filter(box => box.checkVisibility() && box.labels.length).filter(box => {"
        " const texts = document.createTreeWalker(box.labels[0], NodeFilter.SHOW_TEXT);"  # the box may be in its label
        " let text = texts.nextNode(); while (text && !text.textContent.trim()) text = texts.nextNode();"
        " if (!text) return false; const range = document.createRange();"
        " range.setStart(text, text.textContent.search(/\\S/)); range.setEnd(text, text.length);"
        " const line = range.getClientRects()[0], own = box.getBoundingClientRect();"
        " return line && (line.top > own.bottom || line.bottom < own.top); }).map(box => box.labels[0].textContent)"
    )
    return found


async def raw_codes(page: Page) -> list[str]:
    """Codes and identifiers in what people read; what is marked as code is meant for machines."""
    text: str = await page.evaluate(
        "(() => { const copy = document.body.cloneNode(true);"
        " copy.querySelectorAll('code, .code, script, style').forEach(e => e.remove());"
        " document.body.append(copy); const seen = copy.innerText; copy.remove(); return seen; })()"
    )
    return sorted(set(RAW_CODE.findall(text)) | set(UUID.findall(text)))
