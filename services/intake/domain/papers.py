"""The bytes of a paper: which files are accepted, told by their first bytes and never by their name. PURE.

Photographs of telephones (HEIC) are taken, and kept as JPEG: what few programs read is no paper of a file.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from enum import StrEnum

LARGEST_PAPER_BYTES = 10_000_000
_HEAD = 16


class MediaType(StrEnum):
    """The media types that are accepted."""

    PDF = "application/pdf"
    JPEG = "image/jpeg"
    PNG = "image/png"


MAGIC: dict[MediaType, bytes] = {
    MediaType.PDF: b"%PDF-",
    MediaType.JPEG: b"\xff\xd8\xff",
    MediaType.PNG: b"\x89PNG\r\n\x1a\n",
}
UNSAID = {"", "application/octet-stream"}
_HEIC_BRANDS = frozenset({b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1"})


class PaperRejected(Exception):
    """The bytes are not a paper we can keep: paper_empty, paper_too_large, paper_type, paper_type_differs or
    paper_unreadable."""

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        super().__init__(message)


def media_type(head: bytes) -> MediaType | None:
    """The media type that the first bytes show, or None."""
    return next((kind for kind, magic in MAGIC.items() if head.startswith(magic)), None)


def is_heic(head: bytes) -> bool:
    """Whether the first bytes are those of a photograph that a telephone keeps as HEIC (ISO 23008-12)."""
    return head[4:8] == b"ftyp" and head[8:12] in _HEIC_BRANDS


@dataclass
class UploadCheck:
    """Takes a paper in chunk by chunk: counts, hashes, and refuses as soon as it can."""

    limit: int = LARGEST_PAPER_BYTES
    size: int = 0
    head: bytes = b""
    _digest: hashlib._Hash = field(default_factory=hashlib.sha256)

    def take(self, chunk: bytes) -> None:
        """Count and hash one chunk. Raises PaperRejected(paper_too_large) beyond the limit, in bytes."""
        self.size += len(chunk)
        if self.size > self.limit:
            raise PaperRejected("paper_too_large", f"Fichier de plus de {self.limit // 1_000_000} Mo.")
        if len(self.head) < _HEAD:
            self.head += chunk[: _HEAD - len(self.head)]
        self._digest.update(chunk)

    def close(self, declared: str = "") -> tuple[str, MediaType]:
        """The sha256 (hex) and the media type. Raises PaperRejected for an empty file or a type not accepted."""
        if not self.size:
            raise PaperRejected("paper_empty", "Fichier vide.")
        found = media_type(self.head)
        if found is None:
            raise PaperRejected("paper_type", "Seuls les fichiers PDF, JPEG, PNG et HEIC sont acceptés.")
        said = declared.partition(";")[0].strip().lower()
        if said not in UNSAID and said != found:
            raise PaperRejected("paper_type_differs", f"Le fichier est annoncé {said} et ses octets sont {found}.")
        return self._digest.hexdigest(), found
