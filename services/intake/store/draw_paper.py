"""Draws one page of a paper, or reads a photograph of a telephone: a process of its own for one paper.

Papers come from strangers. What reads them holds no connection and no key, has a bound on memory and time, and is gone
afterwards. Bytes on the standard input; on the output one line of JSON, then the bytes of the picture.
"""

from __future__ import annotations

import io
import json
import resource
import sys
import warnings
from typing import Any

import pi_heif
import pypdfium2
from PIL import Image, ImageOps

MOST_PIXELS = 64_000_000
MEMORY_BYTES = 1_500_000_000
PROCESSOR_SECONDS = 20
QUALITY = 88
PHOTOGRAPH_QUALITY = 92


def main(act: str, page: int, width: int) -> int:
    """``draw`` a page (from 1) at this width in pixels, ``count`` the pages, or give a photograph as ``jpeg``.

    Answers 0, or 3 where the bytes cannot be read.
    """
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (PROCESSOR_SECONDS, PROCESSOR_SECONDS))
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    pi_heif.register_heif_opener()
    content = sys.stdin.buffer.read()
    try:
        answer, picture = _done(act, content, page, width)
    except Exception as error:  # whatever a hostile file makes a library say
        print(type(error).__name__, file=sys.stderr)
        return 3
    sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n" + picture)
    return 0


def _done(act: str, content: bytes, page: int, width: int) -> tuple[dict[str, Any], bytes]:
    if act == "jpeg":
        return {"pages": 1, "media_type": "image/jpeg"}, _saved(_upright(content), "JPEG", quality=PHOTOGRAPH_QUALITY)
    if act == "count":
        return {"pages": len(pypdfium2.PdfDocument(content)), "media_type": ""}, b""
    return _drawn(content, page, width)


def _drawn(content: bytes, page: int, width: int) -> tuple[dict[str, Any], bytes]:
    if not content.startswith(b"%PDF-"):
        image = _upright(content)
        image.thumbnail((width, width * 2))
        return {"pages": 1, "media_type": "image/jpeg"}, _saved(image, "JPEG", quality=QUALITY)
    document = pypdfium2.PdfDocument(content)
    number = min(max(page, 1), len(document))
    sheet = document[number - 1]
    image = sheet.render(scale=min(width / sheet.get_width(), 2 * width / sheet.get_height())).to_pil()
    return {"pages": len(document), "media_type": "image/png"}, _saved(image, "PNG", optimize=False)


def _upright(content: bytes) -> Image.Image:
    """The photograph as it was held, in plain colours; where and when it was taken is left out."""
    with Image.open(io.BytesIO(content)) as opened:
        return ImageOps.exif_transpose(opened).convert("RGB")


def _saved(image: Image.Image, form: str, **options: Any) -> bytes:
    kept = io.BytesIO()
    image.save(kept, form, **options)
    return kept.getvalue()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
