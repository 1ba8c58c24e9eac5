"""A supervisor in a process of its own, over stand-in services, so that a test can kill it. Arguments: data,
records."""

import sys
from pathlib import Path

from deploy.local.options import Replica
from deploy.local.platform import Platform, stop_signals

STANDIN = str(Path(__file__).with_name("standin.py"))


def command(_: Replica) -> list[str]:
    return [sys.executable, STANDIN]


if __name__ == "__main__":
    root, run = map(Path, sys.argv[1:])
    replicas = (Replica("intake"), Replica("dedup"))
    platform = Platform(root, run_folder=run, replicas=replicas, command=command, prepare=False, durable=False)
    with stop_signals(), platform:
        platform.hold()
