"""The pictures of the README: six of them, each small, in a form that browsers show, and none that nobody sees."""

from __future__ import annotations

import re

import pytest
from PIL import Image

from tests.docs.documents import LARGEST_PICTURE, ROOT

FOLDER = ROOT / "docs" / "pictures"
SHOWN = re.findall(r"!\[([^\]]+)\]\((docs/pictures/[\w-]+\.webp)\)", (ROOT / "README.md").read_text("utf-8"))


def test_the_readme_shows_six_pictures_and_the_folder_holds_no_other() -> None:
    assert len(SHOWN) == 6
    assert {path for _, path in SHOWN} == {str(path.relative_to(ROOT)) for path in FOLDER.iterdir()}


@pytest.mark.parametrize(("words", "path"), SHOWN, ids=[path.rpartition("/")[2] for _, path in SHOWN])
def test_a_picture_is_small_and_said_in_words(words: str, path: str) -> None:
    assert len(words.split()) > 2, "who does not see it reads it"
    assert (ROOT / path).stat().st_size < LARGEST_PICTURE
    with Image.open(ROOT / path) as picture:
        picture.verify()
        assert (picture.format, picture.width) == ("WEBP", 960)
