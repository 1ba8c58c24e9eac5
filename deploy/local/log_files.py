"""The services' JSON logs, kept as they are in files and shown as lines a person can read."""

import json
import os
import sys
import threading
from pathlib import Path
from typing import Any, TextIO

COLOURS = {"intake": 36, "dedup": 35, "decision": 33, "letters": 32, "reporting": 34}
LEVELS = {"warning": 33, "error": 31, "critical": 31}
KNOWN = ("timestamp", "level", "event", "logger", "service", "slot", "exception")
LARGEST = 20 * 1024 * 1024  # bytes of a log file before it is put aside at the next start


class LogFile:
    """Writes every line to `<folder>/<name>.log`, and readably to `screen` when there is one."""

    def __init__(self, folder: Path, screen: TextIO | None = None) -> None:
        self.folder = folder
        self._screen = screen
        self._colour = screen is not None and screen.isatty() and "NO_COLOR" not in os.environ
        self._lock = threading.Lock()
        folder.mkdir(parents=True, exist_ok=True)

    def path(self, name: str) -> Path:
        """The file of one process."""
        return self.folder / f"{name}.log"

    def begin(self, name: str) -> None:
        """Put a large old file aside."""
        path = self.path(name)
        if path.exists() and path.stat().st_size > LARGEST:
            path.replace(path.with_suffix(".log.1"))

    def write(self, name: str, line: str) -> None:
        """Keep and show one line of the process `name`."""
        with self._lock:
            with self.path(name).open("a") as file:
                file.write(line + "\n")
            if self._screen is not None:
                self._screen.write(self._readable(name, line) + "\n")
                self._screen.flush()

    def _readable(self, name: str, line: str) -> str:
        prefix = self._paint(f"{name:<12}", COLOURS.get(name.partition("-")[0], 37))
        try:
            entry: Any = json.loads(line)
        except ValueError:
            entry = None
        if not isinstance(entry, dict):
            return f"{prefix} {line}"
        level = str(entry.get("level", "info"))
        moment = str(entry.get("timestamp", ""))[11:19]
        rest = " ".join(f"{key}={value}" for key, value in entry.items() if key not in KNOWN)
        text = f"{moment} {self._paint(f'{level:<7}', LEVELS.get(level, 0))} {entry.get('event', '')}"
        trace = "".join(f"\n{prefix}   {row}" for row in str(entry.get("exception", "")).splitlines())
        return f"{prefix} {text} {self._paint(rest, 2)}{trace}".rstrip()

    def _paint(self, text: str, code: int) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self._colour and code and text else text


def to_screen() -> TextIO:
    """Where a foreground supervisor shows its logs."""
    return sys.stdout
