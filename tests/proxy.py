"""A small TCP proxy that stands between a client and a server and, on demand, cuts, delays or refuses.

It runs on a thread of its own with its own event loop, so that tests and platforms that are not asynchronous can use
it.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import threading
from collections.abc import Coroutine
from types import TracebackType
from typing import Any, Self, TypeVar

CHUNK = 64 * 1024


T = TypeVar("T")


class Proxy:
    """Forwards ``address`` to ``target``. Faults may be set while traffic flows.

    ``delay`` holds every chunk for that many seconds; ``cut()`` ends all connections in order (FIN), ``reset()``
    brutally (RST); while ``refusing`` new connections are reset at once.
    """

    def __init__(self, target: tuple[str, int], port: int = 0) -> None:
        self.target = target
        self.delay = 0.0
        self.refusing = False
        self.accepted = 0
        self._port = port
        self._writers: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxy", daemon=True)
        self._server: asyncio.Server | None = None

    def __enter__(self) -> Self:
        self._thread.start()
        self._server = self._call(asyncio.start_server(self._serve, "127.0.0.1", self._port))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()
        self.reset()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=5)

    @property
    def address(self) -> tuple[str, int]:
        assert self._server is not None
        host, port = self._server.sockets[0].getsockname()[:2]
        return str(host), int(port)

    def cut(self) -> int:
        """End all connections in order; returns how many there were."""
        return self._call(self._close(brutally=False))

    def reset(self) -> int:
        """Tear all connections down with a reset; returns how many there were."""
        return self._call(self._close(brutally=True))

    def _call(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=10)

    async def _close(self, brutally: bool) -> int:
        writers = list(self._writers)
        for writer in writers:
            if brutally:
                _linger_zero(writer)
                writer.transport.abort()
            else:
                writer.close()
        return len(writers)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.accepted += 1
        if self.refusing:
            _linger_zero(writer)
            writer.transport.abort()
            return
        try:
            other_reader, other_writer = await asyncio.open_connection(*self.target)
        except OSError:
            writer.transport.abort()
            return
        both = {writer, other_writer}
        self._writers |= both
        try:
            await asyncio.gather(self._pump(reader, other_writer), self._pump(other_reader, writer))
        finally:
            self._writers -= both

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(CHUNK):
                if self.delay:
                    await asyncio.sleep(self.delay)
                writer.write(data)
                await writer.drain()
        with contextlib.suppress(OSError, RuntimeError):
            writer.close()


def _linger_zero(writer: asyncio.StreamWriter) -> None:
    """Make the next close of this connection a reset instead of an orderly end."""
    with contextlib.suppress(OSError):
        raw = writer.get_extra_info("socket")
        if raw is not None:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
