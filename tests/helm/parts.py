"""One process of a cluster: started with its log in a file, ended with those it started."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

from deploy import processes
from tests.compose.stack import Failed


def run(command: Sequence[str | Path], *, stdin: str = "", timeout: float = 120, check: bool = True) -> str:
    """The standard output of a command. Raises Failed with what it said when it does not succeed."""
    words = [str(word) for word in command]
    done = subprocess.run(words, input=stdin, capture_output=True, text=True, timeout=timeout, check=False)
    if check and done.returncode:
        raise Failed(f"{Path(words[0]).name} {' '.join(words[1:4])}: exit {done.returncode}\n{done.stderr[-3000:]}")
    return done.stdout


class Parts:
    """The processes of one cluster, ended in the reverse order of their start."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._running: list[tuple[str, subprocess.Popen[bytes]]] = []

    def start(self, name: str, command: Sequence[str | Path], ready: Callable[[], bool], within: float = 90) -> None:
        """Start a process and wait until it is ready; RuntimeError with the end of its log if it is not."""
        log = self.folder / f"{name}.log"
        with log.open("ab") as output:
            process = processes.spawn(
                [str(word) for word in command], environment=os.environ, folder=self.folder, output=output
            )
        self._running.append((name, process))
        processes.await_condition(
            ready,
            within=within,
            alive=lambda: process.poll() is None,
            failure=lambda: f"{name} is not ready:\n{processes.tail(log)}",
            pause=0.2,
        )

    def dead(self) -> list[str]:
        """Which of them have ended by themselves."""
        return [name for name, process in self._running if process.poll() is not None]

    def end(self) -> None:
        """Ask each to stop, the youngest first."""
        for _, process in reversed(self._running):
            processes.end(process)
        self._running.clear()
