"""One process of a service: started, listened to, started again when it dies, stopped when asked."""

import contextlib
import http.client
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from deploy import processes
from deploy.local.log_files import LogFile

FIRST_PAUSE = 0.2  # seconds before the first restart; doubles up to the longest
LONGEST_PAUSE = 15.0
STABLE = 30.0  # seconds of life after which the pause is short again


class SupervisedProcess:
    """A child process under its own watcher. `kill` is a crash (it comes back), `stop` is a wish (it does not)."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        environment: Mapping[str, str],
        folder: Path,
        record: Path,
        journal: LogFile,
        url: str,
        say: Callable[[str], None],
    ) -> None:
        self.name = name
        self.url = url
        self.restarts = 0
        self.environment = dict(environment)
        self._command = list(command)
        self._folder = folder
        self._record = record
        self._journal = journal
        self._say = say
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._watcher: threading.Thread | None = None

    @property
    def running(self) -> bool:
        """Whether the process lives at this moment."""
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        """The process id; RuntimeError when it has not been started."""
        if self._process is None:
            raise RuntimeError(f"{self.name} is not running")
        return self._process.pid

    def start(self) -> None:
        """Start it and watch over it; nothing when it is watched already."""
        with self._lock:
            if self._watcher is not None:
                return
            self._stopping.clear()
            self._spawn()
            self._watcher = threading.Thread(target=self._watch, name=f"watch-{self.name}", daemon=True)
            self._watcher.start()

    def stop(self, polite: signal.Signals = signal.SIGTERM, grace: float = 25.0) -> None:
        """Stop it for good: ask, wait `grace` seconds, kill."""
        self._stopping.set()
        with self._lock:  # no restart can be under way beyond this point
            watcher, self._watcher = self._watcher, None
            if self._process is not None:
                processes.end(self._process, polite, grace)
        if watcher is not None:
            watcher.join()
        self._record.unlink(missing_ok=True)

    def kill(self, number: signal.Signals = signal.SIGKILL, *, restart: bool = True) -> None:
        """Send a signal, as a crash would. With `restart=False` it stays down until `start`."""
        if not restart:
            self.stop(number)
        elif self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(number)

    def restart(self) -> None:
        """Stop it in order and start it again."""
        self.stop()
        self.start()

    def ready(self) -> bool:
        """Whether `/ready` answers 200 now."""
        return probe(self.url)

    def wait_ready(self, within: float = 60.0) -> None:
        """Wait until it is ready. Raises RuntimeError, with the end of its log, when it dies again and again."""
        before = self.restarts
        processes.await_condition(
            self.ready,
            within=within,
            pause=0.1,
            alive=lambda: self.restarts < before + 4,
            failure=lambda: f"{self.name} n'est pas prêt :\n{processes.tail(self._journal.path(self.name))}",
        )

    def _spawn(self) -> None:
        self._process = processes.spawn(
            self._command, environment=self.environment, folder=self._folder, output=subprocess.PIPE
        )
        processes.record(self._record, self._process.pid)
        threading.Thread(target=self._listen, args=(self._process,), name=f"log-{self.name}", daemon=True).start()

    def _listen(self, process: "subprocess.Popen[bytes]") -> None:
        assert process.stdout is not None
        with process.stdout as stream:
            for line in stream:
                self._journal.write(self.name, line.decode(errors="replace").rstrip())

    def _watch(self) -> None:
        pause = FIRST_PAUSE
        while True:
            process, born = self._process, time.monotonic()
            assert process is not None
            code = process.wait()
            if self._stopping.is_set():
                return
            if time.monotonic() - born > STABLE:
                pause = FIRST_PAUSE
            reason = f"signal {signal.Signals(-code).name}" if code < 0 else f"code {code}"
            self._say(f"{self.name} s'est arrêté ({reason}) ; redémarrage dans {pause:.1f} s".replace(".", ","))
            if self._stopping.wait(pause):
                return
            pause = min(2 * pause, LONGEST_PAUSE)
            with self._lock:
                if self._stopping.is_set():
                    return
                self._spawn()
                self.restarts += 1


def probe(url: str, path: str = "/ready") -> bool:
    """Whether an HTTP server answers 200 there now."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
