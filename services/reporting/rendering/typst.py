"""Draws a document as one PDF that is both PDF/A-2a (kept) and PDF/UA-1 (read aloud): the same content, the same bytes.

Fonts are those of the typesetter itself; the system's fonts and packages are never looked at.
"""

from __future__ import annotations

import datetime as dt
import functools
import json
import os
from pathlib import Path
from typing import Any, Literal

os.environ.setdefault("RAYON_NUM_THREADS", "1")

HERE = Path(__file__).parent
Template = Literal["guide", "monthly"]


@functools.cache
def _compiler(template: Template) -> Any:
    # The typesetter takes 80 MB of memory: only who asks for a document pays for it.
    import typst

    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=True)
    return typst.Compiler(str(HERE / f"{template}.typ"), root=str(HERE), font_paths=fonts)


def draw(template: Template, content: Any, day: dt.date) -> bytes:
    """The PDF of a document, dated ``day``. Blocking, up to a second of processor: call it off the event loop."""
    noon = dt.datetime(day.year, day.month, day.day, 12, tzinfo=dt.UTC)
    body: bytes = _compiler(template).compile(
        sys_inputs={"content": json.dumps(content)}, format="pdf", pdf_standards=["a-2a", "ua-1"], timestamp=noon
    )
    return body
