"""Bytes outside the database, under their sha256. One small interface, so that an object store can take its place."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Protocol

from shared.service.runtime import Runtime


class FileStore(Protocol):
    """Keeps bytes by their hash. ``put`` is durable when it returns; the same bytes put twice are kept once."""

    def put(self, source: Path, name: str) -> None:
        """File ``source`` under this name."""

    def open(self, name: str) -> IO[bytes]:
        """The bytes of this name. Raises ``FileNotFoundError``."""

    def has(self, name: str) -> bool:
        """Whether bytes are filed under this name."""

    def delete(self, name: str) -> None:
        """Remove the bytes of this name, if there are any."""

    def names(self, before: float) -> Iterator[str]:
        """What was put before this time of the system (seconds since the epoch)."""


class FolderStore:
    """The bytes in a folder, spread over two levels of sub-folders, readable by this user only."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        (folder / "incoming").mkdir(parents=True, exist_ok=True, mode=0o700)

    def path(self, name: str) -> Path:
        """Where the bytes of this name lie."""
        return self._folder / name[:2] / name[2:4] / name

    def beside(self, name: str) -> Path:
        """A file of work beside the stored one, which its user removes."""
        return self._folder / "incoming" / name

    @contextmanager
    def incoming(self) -> Iterator[IO[bytes]]:
        """A temporary file beside the store; removed unless it was put."""
        with tempfile.NamedTemporaryFile(dir=self._folder / "incoming", delete=False) as file:
            try:
                yield file
            finally:
                Path(file.name).unlink(missing_ok=True)

    def put(self, source: Path, name: str) -> None:
        """Give ``source``, which is on the same disk, its place; it may be put again as long as it lives."""
        target = self.path(name)
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with source.open("rb+") as file:
            os.fsync(file.fileno())
        beside = target.with_name(f"{name}.new")
        beside.unlink(missing_ok=True)
        os.link(source, beside)
        os.replace(beside, target)
        beside.unlink(missing_ok=True)  # a replacement by itself leaves the second name where it is
        folder = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def open(self, name: str) -> IO[bytes]:
        """The bytes of this name. Raises ``FileNotFoundError``."""
        return self.path(name).open("rb")

    def has(self, name: str) -> bool:
        """Whether bytes are filed under this name."""
        return self.path(name).exists()

    def delete(self, name: str) -> None:
        """Remove the bytes of this name, if there are any."""
        self.path(name).unlink(missing_ok=True)

    def names(self, before: float) -> Iterator[str]:
        """What was put before this time of the system (seconds since the epoch), in no order."""
        for path in self._folder.glob("??/??/*"):
            with suppress(FileNotFoundError):
                if path.stat().st_mtime < before:
                    yield path.name

    def clear_incoming(self, before: float) -> None:
        """Remove what a process that died left half taken in before this time."""
        for path in (self._folder / "incoming").iterdir():
            with suppress(FileNotFoundError):
                if path.stat().st_mtime < before:
                    path.unlink()


def import_store(runtime: Runtime) -> FolderStore:
    """Where the files of imports lie between the request and the end of the job; API and workers share the folder."""
    if "imports" not in runtime.state:
        runtime.state["imports"] = FolderStore(runtime.settings.state_dir / "imports")
    store: FolderStore = runtime.state["imports"]
    return store


def paper_store(runtime: Runtime) -> FolderStore:
    """Where this process keeps the bytes of papers."""
    if "papers" not in runtime.state:
        runtime.state["papers"] = FolderStore(runtime.settings.state_dir / "papers")
    store: FolderStore = runtime.state["papers"]
    return store
