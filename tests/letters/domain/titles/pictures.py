"""Pictures drawn for tests: a head and shoulders of nobody, before a background."""

from __future__ import annotations

import io

from PIL import Image, ImageDraw, ImageFilter


def picture(
    width: int = 800, height: int = 1000, background: int = 200, blur: float = 0, form: str = "JPEG", exif: int = 0
) -> bytes:
    """A drawn bust with fine lines, so that it is as sharp as a photograph unless it is blurred."""
    image = Image.new("RGB", (width, height), (background, background, min(255, background + 4)))
    draw = ImageDraw.Draw(image)
    draw.ellipse((width * 0.3, height * 0.2, width * 0.7, height * 0.75), fill=(150, 110, 90))
    draw.rectangle((width * 0.2, height * 0.75, width * 0.8, height), fill=(40, 60, 90))
    for line in range(int(width * 0.32), int(width * 0.68), 6):
        draw.line((line, height * 0.3, line, height * 0.95), fill=(20, 20, 20) if line % 12 else (230, 220, 210))
    if blur:
        image = image.filter(ImageFilter.GaussianBlur(blur))
    written, options = io.BytesIO(), {}
    if exif:
        data = Image.Exif()
        data[0x0112], data[0x010F] = exif, "un appareil"
        options["exif"] = data
    image.save(written, form, **options)
    return written.getvalue()
