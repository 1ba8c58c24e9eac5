"""Papers as pictures: drawn by a process of its own for each, two at a time, and never kept."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from weakref import WeakKeyDictionary

from services.intake.store import draw_paper

AT_ONCE = 2
SECONDS = 30.0
REMEMBERED = 10_000
ROOT = Path(__file__).parents[3]
_places: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = WeakKeyDictionary()
_counted: dict[str, int] = {}


class UnreadablePaper(Exception):
    """The bytes are not the picture or document that they begin as, or need too much to be read."""


@dataclass(frozen=True)
class Picture:
    """One page rendered: its bytes, what they are, and how many pages the paper has."""

    content: bytes
    media_type: str
    pages: int


async def rendered_page(content: bytes, page: int, width: int) -> Picture:
    """Page ``page`` (from 1; the last one where there are fewer) at this width in pixels. Raises UnreadablePaper."""
    return await _ask(content, "draw", page, width)


async def pages_of(content: bytes, sha256: str) -> int:
    """How many pages a document has, remembered by its hash. Raises UnreadablePaper."""
    if sha256 not in _counted:
        if len(_counted) >= REMEMBERED:
            _counted.clear()
        _counted[sha256] = (await _ask(content, "count", 1, 0)).pages
    return _counted[sha256]


async def as_jpeg(content: bytes) -> bytes:
    """A photograph of a telephone (HEIC) as JPEG, upright, without its place and time. Raises UnreadablePaper."""
    return (await _ask(content, "jpeg", 1, 0)).content


async def _ask(content: bytes, act: str, page: int, width: int) -> Picture:
    loop = asyncio.get_running_loop()
    async with _places.setdefault(loop, asyncio.Semaphore(AT_ONCE)):
        child = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", draw_paper.__name__, act, str(page), str(width)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            cwd=ROOT,
            env={"PATH": os.defpath, "PYTHONPATH": str(ROOT)},
        )
        try:
            answer, _ = await asyncio.wait_for(child.communicate(content), SECONDS)
        except TimeoutError:
            raise UnreadablePaper from None
        finally:
            if child.returncode is None:
                child.kill()
                await child.wait()
    if child.returncode != 0:
        raise UnreadablePaper
    line, _, picture = answer.partition(b"\n")
    told = json.loads(line)
    return Picture(picture, told["media_type"], told["pages"])
