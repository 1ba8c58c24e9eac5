"""Portraits of nobody for the titles of the demonstration: a drawn bust before a light background."""

from __future__ import annotations

import io
import random

from PIL import Image, ImageDraw

SIZE = (827, 1063)  # pixels: 7 by 9 centimetres at 300 dpi
SKIN = ((224, 190, 160), (190, 145, 115), (140, 98, 72), (98, 66, 50))
HAIR = ((30, 26, 24), (66, 44, 30), (120, 110, 104))
CLOTHES = ((40, 60, 95), (90, 40, 50), (50, 80, 60))


def portrait(seed: str) -> bytes:
    """The same invented face for the same seed, as JPEG."""
    chosen = random.Random(seed)
    image = Image.new("RGB", SIZE, (196, 204, 214))
    draw = ImageDraw.Draw(image)
    wide, high = SIZE
    skin, hair, cloth = chosen.choice(SKIN), chosen.choice(HAIR), chosen.choice(CLOTHES)
    draw.ellipse((wide * 0.1, high * 0.72, wide * 0.9, high * 1.3), fill=cloth)
    draw.rectangle((wide * 0.42, high * 0.6, wide * 0.58, high * 0.76), fill=skin)
    draw.ellipse((wide * 0.27, high * 0.12, wide * 0.73, high * 0.62), fill=hair)
    draw.ellipse((wide * 0.31, high * 0.18, wide * 0.69, high * 0.68), fill=skin)
    for side in (0.42, 0.58):
        draw.ellipse((wide * side - 16, high * 0.4 - 9, wide * side + 16, high * 0.4 + 9), fill=(250, 250, 250))
        draw.ellipse((wide * side - 8, high * 0.4 - 8, wide * side + 8, high * 0.4 + 8), fill=(40, 30, 20))
    draw.line((wide * 0.44, high * 0.56, wide * 0.56, high * 0.56), fill=(120, 50, 50), width=7)
    for _ in range(1500):  # hair and cloth have a grain, as in a photograph
        x, y = chosen.uniform(0.29, 0.71) * wide, chosen.uniform(0.13, 0.24) * high
        draw.line((x, y, x + 6, y + 14), fill=tuple(min(255, part + 45) for part in hair), width=2)
        x, y = chosen.uniform(0.2, 0.8) * wide, chosen.uniform(0.82, 0.99) * high
        draw.line((x, y, x + 12, y + 3), fill=tuple(min(255, part + 45) for part in cloth), width=2)
    written = io.BytesIO()
    image.save(written, "JPEG", quality=90)
    return written.getvalue()
