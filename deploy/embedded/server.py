"""One server process on one folder: what every embedded server has in common."""

import signal
import subprocess
from pathlib import Path
from typing import ClassVar

from deploy import processes


class EmbeddedServer:
    """A process that can be stopped, killed without warning, and started again on the same data.

    `record` is the file that names the process, so that a later run can end one that a crash left behind.
    """

    label: ClassVar[str]
    polite: ClassVar[signal.Signals] = signal.SIGTERM
    grace: ClassVar[float] = 15.0

    def __init__(self, folder: Path, record: Path | None) -> None:
        self.folder = folder.resolve()
        self.data = self.folder / "data"
        self._record = record or self.folder / "process.json"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def running(self) -> bool:
        """Whether our server process lives."""
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        """The server's process id; RuntimeError when it is stopped."""
        if self._process is None:
            raise RuntimeError(f"{self.label} is not running")
        return self._process.pid

    def stop(self) -> None:
        """Stop in order, keeping the data."""
        if self._process is not None:
            processes.end(self._process, self.polite, grace=self.grace)
        self._forget()

    def kill(self) -> None:
        """SIGKILL the server and all it started, as a crash would; `start` recovers from its log."""
        if self._process is not None:
            processes.kill_tree(self._process)
        self._forget()

    def _forget(self) -> None:
        self._process = None
        self._record.unlink(missing_ok=True)
