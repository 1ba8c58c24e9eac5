"""PDFs outside the database, under their sha256. One small interface, so that an object store can take its place."""

from __future__ import annotations

import asyncio
import hashlib
import os
import tempfile
import time
from pathlib import Path
from typing import Protocol


class Archive(Protocol):
    """Keeps PDFs by their hash; the same bytes put twice are kept once."""

    async def put(self, body: bytes) -> str:
        """File the bytes and return their hash."""

    async def get(self, sha256: str) -> bytes | None:
        """The bytes of this hash, or None when they are not here or are not what they were."""

    async def remove(self, sha256: str) -> None:
        """Remove the bytes of this hash, if there are any."""

    async def older_than(self, seconds: float) -> list[str]:
        """The hashes filed longer ago than this many seconds."""


class FolderArchive:
    """A folder, readable by this user only. A PDF lost here is drawn again, byte for byte, from its frozen content.

    ``suffix``: of its files; scans of envelopes have a folder and a suffix of their own.
    """

    def __init__(self, folder: Path, suffix: str = ".pdf") -> None:
        self._folder, self._suffix = folder, suffix

    def _path(self, sha256: str) -> Path:
        return self._folder / sha256[:2] / f"{sha256}{self._suffix}"

    async def put(self, body: bytes) -> str:
        """File the bytes and return their hash."""
        return await asyncio.to_thread(self._put, body)

    def _put(self, body: bytes) -> str:
        sha256 = hashlib.sha256(body).hexdigest()
        path = self._path(sha256)
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            descriptor, draft = tempfile.mkstemp(dir=path.parent)
            with os.fdopen(descriptor, "wb") as file:
                file.write(body)
            os.replace(draft, path)
        return sha256

    async def get(self, sha256: str) -> bytes | None:
        """The bytes of this hash, or None when they are not here or are not what they were."""
        return await asyncio.to_thread(self._get, sha256)

    def _get(self, sha256: str) -> bytes | None:
        try:
            body = self._path(sha256).read_bytes()
        except FileNotFoundError:
            return None
        return body if hashlib.sha256(body).hexdigest() == sha256 else None

    async def remove(self, sha256: str) -> None:
        """Remove the bytes of this hash, if there are any."""
        await asyncio.to_thread(self._path(sha256).unlink, missing_ok=True)

    async def older_than(self, seconds: float) -> list[str]:
        """The hashes of what was filed longer ago; drafts that a crash left behind are removed on the way."""
        return await asyncio.to_thread(self._older_than, seconds)

    def _older_than(self, seconds: float) -> list[str]:
        limit = time.time() - seconds
        found = []
        for path in self._folder.glob("??/*"):
            if path.stat().st_mtime < limit:
                if path.suffix == self._suffix:
                    found.append(path.stem)
                else:
                    path.unlink(missing_ok=True)
        return found
