"""How bytes become requests: a compiled parser, and an end to what stands before a body.

Reading a request costs a fifth of what it costs in Python, which is what is left to those who are served while many
more are told to come back.
"""

from __future__ import annotations

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

LARGEST_HEAD = 64 * 1024
"""Bytes of the first line and the headers of a request; more is no request of ours."""


class BoundedHttpProtocol(HttpToolsProtocol):
    """Answers 400 and closes when headers do not end: the parser itself would collect them for ever."""

    _head = 0
    _in_head = False
    _begun = False

    def data_received(self, data: bytes) -> None:
        """Take what came; ``LARGEST_HEAD`` bytes without the end of the headers are the last."""
        self._begun = False
        super().data_received(data)
        if not self._in_head or self._begun:  # what came may hold the end of another request
            self._head = 0
            return
        self._head += len(data)
        if self._head > LARGEST_HEAD and not self.transport.is_closing():
            self.send_400_response("Invalid HTTP request received.")

    def on_message_begin(self) -> None:
        """A new request begins."""
        self._in_head = self._begun = True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """What follows is the body, which has limits of its own."""
        self._in_head = False
        super().on_headers_complete()
