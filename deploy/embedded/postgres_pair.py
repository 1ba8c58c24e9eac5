"""A database server and its synchronous replica, with the log archived: what was committed is on both."""

from __future__ import annotations

import shutil
from pathlib import Path

from deploy.embedded.databases import SCRIPTS
from deploy.embedded.postgres import EmbeddedPostgres

REPLICA = "replica"
WAL = {
    "archive_mode": "on",
    "archive_timeout": 5,
    "max_slot_wal_keep_size": "2GB",
    "wal_sender_timeout": "5s",
}


def start_pair(folder: Path, archive: Path) -> tuple[EmbeddedPostgres, EmbeddedPostgres]:
    """Both, started; the segments of the log go to ``archive``."""
    archive.mkdir(parents=True, exist_ok=True)
    archive.chmod(0o777)  # the server runs as a user of its own
    settings = WAL | {"archive_command": f"AME_WAL_FOLDER={archive} bash {SCRIPTS / 'archive.sh'} %p %f"}
    first = EmbeddedPostgres(folder / "first", settings=settings | {"cluster_name": "first"})
    first.start()
    second = EmbeddedPostgres(folder / "second", settings=settings | {"cluster_name": REPLICA})
    second.copy(first, slot=REPLICA)
    second.start()
    wait_for(first, REPLICA)
    return first, second


def wait_for(server: EmbeddedPostgres, name: str) -> None:
    """Let ``server`` commit nothing that the replica ``name`` does not hold; with an empty name it waits for nobody."""
    quoted = f'"{name}"' if name else ""  # bare, the name `first` would be a word of the setting
    server.execute(f"ALTER SYSTEM SET synchronous_standby_names = '{quoted}'")
    server.execute("SELECT pg_reload_conf()")


def follow(server: EmbeddedPostgres, first: EmbeddedPostgres) -> None:
    """Make a server that is down anew, as the synchronous replica of ``first``."""
    shutil.rmtree(server.data)
    name = str(server.settings["cluster_name"])
    server.copy(first, slot=name)
    server.start()
    wait_for(first, name)
