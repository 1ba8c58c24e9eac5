"""Rendering in a process of its own, at low priority: a page being drawn never holds up events or answers.

The child reads one letter at a time from its standard input and answers with the PDF or with the error's code; it ends
when its parent does, because its input ends. Both ways a message is a length of four bytes and that many bytes.
"""

from __future__ import annotations

import asyncio
import json
import os
import struct
import sys
from asyncio.subprocess import PIPE, Process
from pathlib import Path
from typing import IO, Any

from services.letters.domain.printable_letters import RenderFailure
from services.letters.rendering.typst import Pdf, RenderError, render

ROOT = Path(__file__).parents[3]
LIMIT_SECONDS = 30.0
NICENESS = 15
_LENGTH = struct.Struct(">I")
_RESULT = struct.Struct(">BI")  # 0 and the number of pages, or 1 and zero


class Renderer:
    """Draws letters one at a time in a child process, started at first need and again when it died or hung."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()
        self._child: Process | None = None

    async def render(
        self, content: dict[str, Any], template: str, *, specimen: bool = False, photograph: bytes = b""
    ) -> Pdf:
        """The letter as a PDF, or as a specimen of one.

        Raises RenderError when the typesetter refuses, hangs or dies; the next letter gets a fresh child."""
        asked = {"content": content, "template": template, "specimen": specimen, "photograph": photograph.hex()}
        request = json.dumps(asked).encode()
        async with self._lock:
            child = await self._alive()
            try:
                async with asyncio.timeout(LIMIT_SECONDS):
                    answer = await _ask(child, request)
            except TimeoutError:
                await self._end()
                raise RenderError(RenderFailure.NO_ANSWER) from None
            except (asyncio.IncompleteReadError, ConnectionError):
                await self._end()
                raise RenderError(RenderFailure.PROCESS_DIED) from None
            except asyncio.CancelledError:
                await self._end()  # half an answer is left in the pipe
                raise
        status, pages = _RESULT.unpack_from(answer)
        body = answer[_RESULT.size :]
        if status:
            raise RenderError(RenderFailure(body.decode()))
        return Pdf(body, pages)

    async def stop(self) -> None:
        """End the process, after the letter it works on."""
        async with self._lock:
            await self._end()

    async def _alive(self) -> Process:
        if self._child is None or self._child.returncode is not None:
            command = [sys.executable, "-m", "services.letters.rendering.worker_process"]
            # A session of its own: Ctrl-C is for the parent, which then closes the pipe.
            self._child = await asyncio.create_subprocess_exec(
                *command, stdin=PIPE, stdout=PIPE, cwd=ROOT, start_new_session=True
            )
        return self._child

    async def _end(self) -> None:
        child, self._child = self._child, None
        if child is not None and child.returncode is None:
            child.kill()
            await child.wait()


async def _ask(child: Process, request: bytes) -> bytes:
    assert child.stdin is not None
    assert child.stdout is not None
    child.stdin.write(_LENGTH.pack(len(request)) + request)
    await child.stdin.drain()
    (length,) = _LENGTH.unpack(await child.stdout.readexactly(_LENGTH.size))
    return await child.stdout.readexactly(length)


def serve(source: IO[bytes], sink: IO[bytes]) -> None:
    """What the child does until its input ends."""
    while len(head := source.read(_LENGTH.size)) == _LENGTH.size:
        request = json.loads(source.read(_LENGTH.unpack(head)[0]))
        try:
            photograph = bytes.fromhex(request["photograph"])
            pdf = render(request["content"], request["template"], specimen=request["specimen"], photograph=photograph)
            answer = _RESULT.pack(0, pdf.pages) + pdf.body
        except RenderError as error:
            answer = _RESULT.pack(1, 0) + error.failure.value.encode()
        sink.write(_LENGTH.pack(len(answer)) + answer)
        sink.flush()


if __name__ == "__main__":
    os.nice(NICENESS)
    serve(sys.stdin.buffer, sys.stdout.buffer)
