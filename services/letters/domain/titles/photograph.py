"""A photograph for a title: read, measured, cropped. No face is looked for, no two are compared. PURE.

A box of the right ratio is proposed from the size alone; a person moves it, and decides.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Final

from PIL import Image, ImageDraw, ImageFilter, ImageOps, ImageStat

from services.letters.domain.titles.forms import PhotographRules

LONGEST: Final = 1600  # pixels of the longer side of what is kept until it is cropped
QUALITY: Final = 92
_EDGES = ImageFilter.Kernel((3, 3), (0, 1, 0, 1, -4, 1, 0, 1, 0), scale=1, offset=128)
_BESIDE, _ABOVE = 0.15, 0.4  # of the width on each side, and of the height from the top: beside the head


class PhotographRejected(ValueError):
    """The bytes are no photograph that a title can bear. ``code`` is stable, the message is for the agent (French)."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


@dataclass(frozen=True)
class Box:
    """A part of a picture, in its pixels."""

    left: int
    top: int
    width: int
    height: int


@dataclass(frozen=True)
class Fault:
    """A check that a photograph does not pass: what was measured, and the limit. A person may let it pass."""

    code: str
    value: float
    limit: float


@dataclass(frozen=True)
class Photograph:
    """A picture as JPEG without anything that the camera wrote into it, and its size in pixels."""

    body: bytes
    width: int
    height: int


def read(body: bytes, rules: PhotographRules) -> Photograph:
    """The picture upright and in colour. Raises PhotographRejected."""
    if len(body) > rules.largest_bytes:
        raise PhotographRejected("photograph_too_large", "Le fichier de la photographie est trop grand.")
    try:
        image = Image.open(io.BytesIO(body), formats=("JPEG", "PNG"))
        if image.width * image.height > rules.largest_pixels:
            raise PhotographRejected("photograph_too_large", "La photographie compte trop de points.")
        upright = ImageOps.exif_transpose(image).convert("RGB")
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        if isinstance(error, PhotographRejected):
            raise
        message = "Cette photographie ne peut pas être lue : JPEG ou PNG attendu."
        raise PhotographRejected("photograph_unreadable", message) from None
    if upright.width < rules.width or upright.height < rules.height:
        message = f"La photographie est trop petite : au moins {rules.width} × {rules.height} points."
        raise PhotographRejected("photograph_too_small", message)
    least = max(rules.width / upright.width, rules.height / upright.height)
    scale = max(least, min(1.0, LONGEST / max(upright.size)))
    size = (round(upright.width * scale), round(upright.height * scale))
    return _written(upright.resize(size, Image.Resampling.LANCZOS) if scale < 1 else upright)


def kept(body: bytes) -> Photograph:
    """A picture that was read before."""
    with Image.open(io.BytesIO(body)) as image:
        return Photograph(body, image.width, image.height)


def proposed_box(width: int, height: int, rules: PhotographRules) -> Box:
    """The largest box of the ratio of titles, in the middle and from the top: heads are rarely at the bottom."""
    wide = min(width, int(height * rules.width / rules.height))
    high = min(height, round(wide * rules.height / rules.width))
    return Box((width - wide) // 2, (height - high) // 4, wide, high)


STEP: Final = 0.05
MOVES: Final = {"left": (-1, 0, 0), "right": (1, 0, 0), "up": (0, -1, 0), "down": (0, 1, 0)} | {
    "larger": (0, 0, 1),
    "smaller": (0, 0, -1),
}
"""What a person does with a box: along, down, and larger or smaller around its middle."""


def moved(box: Box, move: str, width: int, height: int, rules: PhotographRules) -> Box:
    """The box one step further, kept inside the picture, in the ratio of titles and no smaller than they are."""
    along, down, size = MOVES[move]
    most = proposed_box(width, height, rules)
    wide = min(max(round(box.width * (1 + 2 * STEP * size)), rules.width), most.width)
    high = min(round(wide * rules.height / rules.width), height)
    left = box.left + round(width * STEP * along) + (box.width - wide) // 2
    top = box.top + round(height * STEP * down) + (box.height - high) // 2
    return Box(min(max(left, 0), width - wide), min(max(top, 0), height - high), wide, high)


def framed(body: bytes, box: Box) -> bytes:
    """A picture with the box drawn on it, what lies outside darker: for the person who confirms it."""
    with Image.open(io.BytesIO(body)) as image:
        whole = image.convert("RGB")
    inside = (box.left, box.top, box.left + box.width, box.top + box.height)
    shown = Image.eval(whole, lambda value: value // 2)
    shown.paste(whole.crop(inside), inside[:2])
    ImageDraw.Draw(shown).rectangle(inside, outline=(255, 255, 255), width=max(2, whole.width // 150))
    written = io.BytesIO()
    shown.save(written, "JPEG", quality=QUALITY)
    return written.getvalue()


def cropped(photograph: Photograph, box: Box, rules: PhotographRules) -> tuple[Photograph, list[Fault]]:
    """The part of the box in the size of titles, and the checks it does not pass. Raises PhotographRejected."""
    inside = box.left >= 0 and box.top >= 0 and box.width > 0 and box.height > 0
    if not inside or box.left + box.width > photograph.width or box.top + box.height > photograph.height:
        raise PhotographRejected("box_outside", "Le cadre sort de la photographie.")
    wanted, given = rules.width / rules.height, box.width / box.height
    if abs(given / wanted - 1) > rules.ratio_tolerance:
        raise PhotographRejected("box_ratio", "Le cadre doit avoir la proportion 7 sur 9.")
    if box.width < rules.width or box.height < rules.height:
        message = f"Le cadre est trop petit : au moins {rules.width} × {rules.height} points."
        raise PhotographRejected("box_too_small", message)
    image = Image.open(io.BytesIO(photograph.body))
    part = image.crop((box.left, box.top, box.left + box.width, box.top + box.height))
    sized = part.resize((rules.width, rules.height), Image.Resampling.LANCZOS)
    return _written(sized), faults(sized, rules)


def faults(image: Image.Image, rules: PhotographRules) -> list[Fault]:
    """What a photograph of the size of titles does not pass: sharpness, a background that is light and not white."""
    grey = image.convert("L")
    sharpness = float(ImageStat.Stat(grey.filter(_EDGES)).var[0])
    beside, above = int(grey.width * _BESIDE), int(grey.height * _ABOVE)
    sides = (grey.crop((0, 0, beside, above)), grey.crop((grey.width - beside, 0, grey.width, above)))
    background = sum(float(ImageStat.Stat(side).mean[0]) for side in sides) / len(sides)
    found = []
    if sharpness < rules.least_sharpness:
        found.append(Fault("photograph_blurred", round(sharpness, 1), rules.least_sharpness))
    if background < rules.least_background:
        found.append(Fault("background_dark", round(background, 1), rules.least_background))
    if background > rules.most_background:
        found.append(Fault("background_white", round(background, 1), rules.most_background))
    return found


def _written(image: Image.Image) -> Photograph:
    written = io.BytesIO()
    image.save(written, "JPEG", quality=QUALITY, dpi=(300, 300))
    return Photograph(written.getvalue(), image.width, image.height)
