"""Save and restore the five databases and the files of papers and letters, with their checksums.

    python -m deploy.backup save    FOLDER [--compose]
    python -m deploy.backup check   FOLDER
    python -m deploy.backup restore FOLDER [--compose]

Without ``--compose`` it works on the platform of ``make up`` (.local/); with it, on the containers of
docker-compose.yml. Save and restore while the services are stopped: what is cut is then one moment of all five
databases. The containers' own server keeps running; that of ``make up`` is started for the purpose. Needs only Python's
standard library and, with ``--compose``, docker-compose. docs/runbook/backup.md says when and what next.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import os
import subprocess
import sys
import tarfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Protocol

SERVICES = ("intake", "dedup", "decision", "letters", "reporting")
FILES = {"intake": "papers", "letters": "letters"}
"""What lies beside the databases, by service and folder under its state: papers as received, letters as drawn."""
SUMS = "SHA256SUMS"
ROOT = Path(__file__).parents[1]
PACK = 'cd "$0" && if [ -d "$1" ]; then exec tar -cf - "$1"; fi'  # an empty platform has no such folder yet
UNPACK = 'cd "$0" && exec tar -xf -'


class Place(Protocol):
    """Where a platform keeps its data: command lines for a tool on a database, and for a script on the folder of state.

    The script finds the folder as ``$0``.
    """

    def database(self, tool: str, service: str, *options: str) -> list[str]:
        """The command that runs a PostgreSQL tool on the database of this service."""

    def files(self, service: str, script: str, *words: str) -> list[str]:
        """The command that runs a shell script on the folder of this service's files; the folder is ``$0``."""


class Local:
    """The platform of ``make up``: the embedded server and the folder of state."""

    def __init__(self, root: Path, conninfo: Mapping[str, str]) -> None:
        self._root = root
        self._conninfo = conninfo

    def database(self, tool: str, service: str, *options: str) -> list[str]:
        """The tool of the embedded server, on this machine."""
        from deploy.embedded.databases import BINARIES

        return [str(BINARIES / tool), *options, f"--dbname={self._conninfo[service]}"]

    def files(self, service: str, script: str, *words: str) -> list[str]:
        """A shell on this machine."""
        return ["sh", "-c", script, str(self._root / "state"), *words]


class Compose:
    """The containers: tools run inside them, so that no door need be opened."""

    def __init__(self, command: Iterable[str] = ("docker-compose",)) -> None:
        self._command = list(command)

    def database(self, tool: str, service: str, *options: str) -> list[str]:
        """The tool inside the container of PostgreSQL."""
        return [*self._command, "exec", "-T", "postgres", tool, "-U", "postgres", *options, f"--dbname=ame_{service}"]

    def files(self, service: str, script: str, *words: str) -> list[str]:
        """A shell in a container of the service, with its volume."""
        run = [*self._command, "run", "--rm", "-T", "--no-deps", "--entrypoint", "sh", service]
        return [*run, "-c", script, "/state", *words]


class BackupError(RuntimeError):
    """The backup is not what it should be; the message says where."""


def save(place: Place, folder: Path) -> list[str]:
    """Write one dump per database and one archive per folder of files, then their checksums. Returns what was written.

    The folder must be new or empty: a backup is never mixed with another.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise BackupError(f"{folder} is not empty")
    os.chmod(folder, 0o700)  # names, papers and letters
    for service in SERVICES:
        _run(place.database("pg_dump", service, "--format=custom"), out=folder / f"{service}.dump")
    for service, name in FILES.items():
        _run(place.files(service, PACK, name), out=folder / f"{name}.tar")
    written = sorted(path.name for path in folder.iterdir())
    (folder / SUMS).write_text("".join(f"{_sha256(folder / name)}  {name}\n" for name in written))
    check(folder)
    return [*written, SUMS]


def check(folder: Path) -> int:
    """Compare every file with its checksum, and every paper and letter with the hash that is its name.

    Returns how many papers and letters there are. Raises BackupError.
    """
    listed = dict(line.split(maxsplit=1)[::-1] for line in (folder / SUMS).read_text().splitlines())
    wanted = {f"{service}.dump" for service in SERVICES} | {f"{name}.tar" for name in FILES.values()}
    if set(listed) != wanted:
        raise BackupError(f"{SUMS} names {sorted(listed)}, wanted {sorted(wanted)}")
    for name, sha256 in listed.items():
        if _sha256(folder / name) != sha256:
            raise BackupError(f"{name} is not what was saved")
    count = 0
    for name in FILES.values():
        if not (folder / f"{name}.tar").stat().st_size:
            continue
        with tarfile.open(folder / f"{name}.tar") as archive:
            for member in archive:
                stem = Path(member.name).stem
                if not member.isfile() or len(stem) != 64:  # drafts of a moment, not yet anything
                    continue
                content = archive.extractfile(member)
                assert content is not None
                if hashlib.sha256(content.read()).hexdigest() != stem:
                    raise BackupError(f"{member.name} in {name}.tar is not what its name says")
                count += 1
    return count


def restore(place: Place, folder: Path) -> int:
    """Put a checked backup into five empty databases and empty folders; returns how many papers and letters came back.

    The databases and roles exist (their first start makes them) and hold no table.
    """
    count = check(folder)
    for service in SERVICES:
        line = place.database("pg_restore", service, "--exit-on-error", "--single-transaction")
        _run(line, feed=folder / f"{service}.dump")
    for service, name in FILES.items():
        if (folder / f"{name}.tar").stat().st_size:
            _run(place.files(service, UNPACK), feed=folder / f"{name}.tar")
    return count


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _run(line: list[str], *, out: Path | None = None, feed: Path | None = None) -> None:
    with contextlib.ExitStack() as files:
        given = files.enter_context(feed.open("rb")) if feed else subprocess.DEVNULL
        taken = files.enter_context(out.open("wb")) if out else subprocess.DEVNULL
        done = subprocess.run(line, stdin=given, stdout=taken, stderr=subprocess.PIPE, check=False)
    if done.returncode:
        tool = next((word for word in map(os.path.basename, line) if word in ("pg_dump", "pg_restore")), line[0])
        raise BackupError(f"{tool}: exit {done.returncode}\n{done.stderr.decode()[-2000:]}")


@contextlib.contextmanager
def local(root: Path) -> Iterator[Local]:
    """The databases of a stopped platform, served for as long as the work lasts; made, empty, where there are none."""
    from deploy.embedded.postgres import EmbeddedPostgres

    server = EmbeddedPostgres(root / "postgres")
    server.start()
    try:
        (root / "state").mkdir(exist_ok=True)
        yield Local(root, {service: server.server.conninfo(f"ame_{service}") for service in SERVICES})
    finally:
        server.stop()


def main() -> int:
    """Save, check or restore from the command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m deploy.backup", description="Sauvegarder et restaurer.")
    parser.add_argument("action", choices=["save", "check", "restore"])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--compose", action="store_true", help="les conteneurs de docker-compose.yml")
    options = parser.parse_args()
    try:
        if options.action == "check":
            print(f"{check(options.folder)} fichiers conformes")
            return 0
        with contextlib.nullcontext(Compose()) if options.compose else local(ROOT / ".local") as place:
            if options.action == "save":
                print("\n".join(save(place, options.folder)))
            else:
                print(f"restauré, {restore(place, options.folder)} fichiers")
    except BackupError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
