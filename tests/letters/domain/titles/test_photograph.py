"""What a photograph must be, and that the machine proposes and measures but never refuses a face."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from services.letters.domain import library
from services.letters.domain.titles import photograph
from services.letters.domain.titles.photograph import Box, PhotographRejected
from tests.letters.domain.titles.pictures import picture

RULES = library.title_rules().photograph


def checked(body: bytes) -> list[str]:
    kept = photograph.read(body, RULES)
    part, faults = photograph.cropped(kept, photograph.proposed_box(kept.width, kept.height, RULES), RULES)
    assert (part.width, part.height) == (RULES.width, RULES.height)
    return [fault.code for fault in faults]


@pytest.mark.parametrize(
    ("body", "faults"),
    [
        (picture(), []),
        (picture(form="PNG"), []),
        (picture(blur=8), ["photograph_blurred"]),
        (picture(background=60), ["background_dark"]),
        (picture(background=255), ["background_white"]),
        (picture(background=60, blur=8), ["photograph_blurred", "background_dark"]),
    ],
    ids=["good", "png", "blurred", "dark", "white", "both"],
)
def test_sharpness_and_background_are_measured(body: bytes, faults: list[str]) -> None:
    assert checked(body) == faults


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"GIF89a", "photograph_unreadable"),
        (b"", "photograph_unreadable"),
        (picture()[:2000], "photograph_unreadable"),
        (picture(form="BMP"), "photograph_unreadable"),
        (picture(412, 1000), "photograph_too_small"),
        (picture(1000, 530), "photograph_too_small"),
        (b"\xff\xd8\xff" + b"0" * RULES.largest_bytes, "photograph_too_large"),
    ],
    ids=["gif", "empty", "cut", "bmp", "narrow", "low", "heavy"],
)
def test_what_is_no_photograph_is_refused_with_its_reason(body: bytes, code: str) -> None:
    with pytest.raises(PhotographRejected) as refused:
        photograph.read(body, RULES)
    assert refused.value.code == code


def test_a_picture_of_too_many_points_is_refused_before_it_is_unfolded() -> None:
    bomb = io.BytesIO()
    Image.new("1", (30_000, 30_000)).save(bomb, "PNG")
    with pytest.raises(PhotographRejected) as refused:
        photograph.read(bomb.getvalue(), RULES)
    assert refused.value.code in ("photograph_too_large", "photograph_unreadable")


def test_what_the_camera_wrote_is_left_out_and_the_picture_stands_upright() -> None:
    kept = photograph.read(picture(1000, 800, exif=6), RULES)
    assert (kept.width, kept.height) == (800, 1000)
    with Image.open(io.BytesIO(kept.body)) as image:
        assert not image.getexif()


@given(st.integers(RULES.width, 3000), st.integers(RULES.height, 3000))
def test_the_proposed_box_is_inside_of_the_right_ratio_and_large_enough(width: int, height: int) -> None:
    box = photograph.proposed_box(width, height, RULES)
    assert 0 <= box.left <= width - box.width
    assert 0 <= box.top <= height - box.height
    assert box.width >= RULES.width
    assert box.height >= RULES.height
    assert abs(box.width / box.height / (RULES.width / RULES.height) - 1) <= RULES.ratio_tolerance


@pytest.mark.parametrize(
    ("box", "code"),
    [
        (Box(500, 0, 413, 531), "box_outside"),
        (Box(-1, 0, 413, 531), "box_outside"),
        (Box(0, 0, 500, 500), "box_ratio"),
        (Box(0, 0, 206, 265), "box_too_small"),
    ],
)
def test_a_box_that_a_person_chose_is_checked(box: Box, code: str) -> None:
    kept = photograph.read(picture(), RULES)
    with pytest.raises(PhotographRejected) as refused:
        photograph.cropped(kept, box, RULES)
    assert refused.value.code == code
