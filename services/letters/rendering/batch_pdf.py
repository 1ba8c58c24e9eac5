"""The letters of a batch as one PDF for the printer. The same letters in the same order give the same bytes."""

from __future__ import annotations

import io
from collections.abc import Sequence

import pikepdf


def combined(bodies: Sequence[bytes]) -> bytes:
    """One PDF of all pages, in order. It is for paper: what makes each letter accessible stays in the letter's own.

    Blocking, some milliseconds of CPU for each letter: call it off the event loop.
    """
    with pikepdf.new() as whole:
        for body in bodies:
            with pikepdf.open(io.BytesIO(body)) as letter:
                whole.pages.extend(letter.pages)
        for page in whole.pages:
            for name in ("/StructParents", "/Tabs"):
                if name in page.obj:
                    del page.obj[name]
        written = io.BytesIO()
        whole.save(written, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return written.getvalue()
