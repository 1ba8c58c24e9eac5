"""Child processes that die with their parent, and that are found again after a crash.

Every child leads a session of its own, so that Ctrl-C in a terminal reaches the supervisor only and the supervisor
decides the order of the stop. On Linux the kernel signals the child when the supervisor dies, however it dies; a
record (pid and start time) lets the next start, or `down`, finish what is left on any system.
"""

import contextlib
import ctypes
import json
import os
import pwd
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO, Any

import psutil

PR_SET_PDEATHSIG = 1
SERVER_PORTS = (16_000, 32_000)  # Linux gives clients 32768 and above, other systems 49152 and above
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None

# The kernel ties the death signal to the *thread* that forked: one thread that lives as long as the process forks all.
_forker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="forker")


def spawn(
    command: Sequence[str],
    *,
    environment: Mapping[str, str],
    folder: Path,
    output: int | IO[Any],
    user: pwd.struct_passwd | None = None,
    death_signal: signal.Signals = signal.SIGKILL,
) -> "subprocess.Popen[bytes]":
    """Start a child in a session of its own.

    `output` receives both standard output and standard error; `user` is the system user to become (root only);
    `death_signal` is what the kernel sends to the child when this process dies.
    """
    parent = os.getpid()

    def prepare() -> None:
        if _libc is not None:
            _libc.prctl(PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)
        if os.getppid() != parent:  # the parent died between fork and prctl
            os._exit(1)

    def fork() -> "subprocess.Popen[bytes]":
        return subprocess.Popen(
            list(command),
            env=dict(environment),
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            user=user.pw_uid if user else None,
            group=user.pw_gid if user else None,
            extra_groups=[] if user else None,
            preexec_fn=prepare,
        )

    return _forker.submit(fork).result()


def end(process: "subprocess.Popen[bytes]", polite: signal.Signals = signal.SIGTERM, grace: float = 10.0) -> None:
    """Ask the child to stop, wait `grace` seconds, then kill it with everything in its session."""
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(polite)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(grace)
    _kill_group(process.pid)
    process.wait()


def kill_tree(process: "subprocess.Popen[bytes]") -> None:
    """SIGKILL the child first, then whatever it had started; return when all are gone."""
    try:
        descendants = psutil.Process(process.pid).children(recursive=True)
    except psutil.NoSuchProcess:
        descendants = []
    process.kill()
    process.wait()
    _kill_all(descendants)


def record(path: Path, pid: int) -> None:
    """Write down who was started, so that a later process can tell it from a stranger with a reused pid."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"pid": pid, "started": psutil.Process(pid).create_time()}))


def recorded(path: Path) -> psutil.Process | None:
    """The recorded process if it still lives: same pid and same start time."""
    try:
        note = json.loads(path.read_text())
        process = psutil.Process(note["pid"])
        alive = process.create_time() == note["started"] and not _gone(process)
    except (OSError, ValueError, KeyError, psutil.NoSuchProcess):
        return None
    return process if alive else None


def reap(path: Path, polite: signal.Signals = signal.SIGTERM, grace: float = 5.0) -> bool:
    """End what an earlier, crashed supervisor left under this record; true if there was something to end."""
    leader = recorded(path)
    if leader is not None:
        family = [leader, *leader.children(recursive=True)]
        with contextlib.suppress(psutil.NoSuchProcess):
            leader.send_signal(polite)
        for _ in _ticks(grace):
            if _gone(leader):
                break
        _kill_all(family)
    path.unlink(missing_ok=True)
    return leader is not None


_given: set[int] = set()


def free_port(host: str = "127.0.0.1") -> int:
    """A TCP port that nobody listens on now, drawn below those that systems give to clients.

    A server that is killed and started again must find its port free: no client may have been given it meanwhile. None
    is given twice, for the first may not listen yet when the second asks.
    """
    while (port := random.SystemRandom().randrange(*SERVER_PORTS)) in _given or not port_is_free(port, host):
        pass
    _given.add(port)
    return port


def port_is_free(port: int, host: str = "127.0.0.1") -> bool:
    """Whether a server could listen on this port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def await_condition(
    condition: Callable[[], bool],
    *,
    within: float,
    alive: Callable[[], bool] = lambda: True,
    failure: Callable[[], str],
    pause: float = 0.03,
) -> None:
    """Return once `condition` holds; raise RuntimeError(`failure()`) after `within` seconds or when not `alive`."""
    for _ in _ticks(within, pause):
        if condition():
            return
        if not alive():
            break
    raise RuntimeError(failure())


def _ticks(within: float, pause: float = 0.03) -> Iterator[None]:
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        yield
        time.sleep(pause)


def tail(path: Path, lines: int = 15) -> str:
    """The last lines of a log, for an error message."""
    try:
        return "\n".join(path.read_text(errors="replace").splitlines()[-lines:])
    except OSError:
        return "(no log)"


def _kill_all(processes: Sequence[psutil.Process]) -> None:
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    for _ in _ticks(10):
        if all(_gone(process) for process in processes):
            break


def _gone(process: psutil.Process) -> bool:
    # An orphan that nobody reaps (a container whose first process does not) stays a zombie and holds nothing.
    try:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def _kill_group(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)
