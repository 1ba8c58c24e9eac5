"""Papers are told by their bytes: type, size, hash."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.domain.papers import MediaType, PaperRejected, UploadCheck, media_type

PDF = b"%PDF-1.7\n%%EOF\n"
JPEG = b"\xff\xd8\xff\xe0" + bytes(20)
PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)


@pytest.mark.parametrize(
    ("content", "declared", "found"),
    [
        (PDF, "application/pdf", MediaType.PDF),
        (JPEG, "image/jpeg", MediaType.JPEG),
        (PNG, "", MediaType.PNG),
        (PDF, "application/octet-stream", MediaType.PDF),
        (PDF, "Application/PDF; name=a.pdf", MediaType.PDF),
    ],
)
def test_accepted(content: bytes, declared: str, found: MediaType) -> None:
    receipt = UploadCheck()
    for at in range(0, len(content), 3):
        receipt.take(content[at : at + 3])
    assert receipt.close(declared) == (hashlib.sha256(content).hexdigest(), found)


@pytest.mark.parametrize(
    ("content", "declared", "code"),
    [
        (b"", "application/pdf", "paper_empty"),
        (b"MZ\x90\x00", "application/pdf", "paper_type"),
        (b"<html>%PDF-", "text/html", "paper_type"),
        (b" %PDF-1.4", "application/pdf", "paper_type"),
        (PNG, "application/pdf", "paper_type_differs"),
    ],
)
def test_refused(content: bytes, declared: str, code: str) -> None:
    receipt = UploadCheck()
    receipt.take(content)
    with pytest.raises(PaperRejected) as caught:
        receipt.close(declared)
    assert caught.value.code == code


def test_too_large_is_refused_before_the_end() -> None:
    receipt = UploadCheck(limit=1_000)
    receipt.take(PDF)
    with pytest.raises(PaperRejected) as caught:
        receipt.take(bytes(1_000))
    assert caught.value.code == "paper_too_large"


@given(st.lists(st.binary(max_size=50), max_size=10))
def test_any_bytes_are_taken_or_refused(chunks: list[bytes]) -> None:
    receipt = UploadCheck(limit=300)
    try:
        for chunk in chunks:
            receipt.take(chunk)
        digest, kind = receipt.close()
    except PaperRejected:
        return
    assert digest == hashlib.sha256(b"".join(chunks)).hexdigest()
    assert media_type(b"".join(chunks)) is kind
