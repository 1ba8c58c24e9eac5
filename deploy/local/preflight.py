"""What must hold before anything starts. Each fault is one clear sentence in French; all are told at once."""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

import psutil

from deploy import processes
from deploy.embedded import containers, java

MEMORY = 2_500_000_000  # bytes: broker 0.5, database 0.3, five services 1.3, and some air
DISK = 1_000_000_000
CGROUP = Path("/sys/fs/cgroup")


class PreflightError(RuntimeError):
    """Something is in the way; the message, in French, says what and how to mend it."""


def faults(*, folders: list[Path], ports: Mapping[str, int], needs_broker: bool, libraries: Path) -> list[str]:
    """All that would keep the platform from starting here; empty when it may start.

    `ports` are those that must be free, by the name of who will use them; `needs_broker` is false when somebody else's
    broker is used.
    """
    found = [fault for folder in folders if (fault := _folder_fault(folder))]
    found += [_port_fault(name, port) for name, port in ports.items() if not processes.port_is_free(port)]
    if (fault := memory_fault(available_memory())) is not None:
        found.append(fault)
    if needs_broker and (fault := _broker_fault(libraries)) is not None:
        found.append(fault)
    return found


def check(**facts: object) -> None:
    """Raise PreflightError with every fault, each on a line of its own."""
    found = faults(**facts)  # type: ignore[arg-type]
    if found:
        raise PreflightError("Impossible de démarrer :\n" + "\n".join(f"  • {fault}" for fault in found))


def available_memory() -> int:
    """Bytes that may still be used here: the system's, or what the container's limit leaves, whichever is less."""
    free = int(psutil.virtual_memory().available)
    with contextlib.suppress(OSError, ValueError):
        limit = int((CGROUP / "memory.max").read_text())  # "max" when there is none: ValueError
        free = min(free, limit - int((CGROUP / "memory.current").read_text()))
    return free


def memory_fault(available: int) -> str | None:
    """Too little memory for the broker, the database and five services; `AME_IGNORE_MEMORY=1` tries all the same."""
    if available >= MEMORY or os.environ.get("AME_IGNORE_MEMORY") == "1":
        return None
    return (
        f"Mémoire insuffisante : {_gigabytes(available)} Go disponibles, il en faut environ {_gigabytes(MEMORY)} Go. "
        "Fermez des programmes, ou passez outre avec AME_IGNORE_MEMORY=1."
    )


def _folder_fault(folder: Path) -> str | None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        return f"Le dossier {folder} n'est pas accessible en écriture ({error.strerror})."
    free = shutil.disk_usage(folder).free
    if free < DISK:
        return f"Disque presque plein : {_gigabytes(free)} Go libres sous {folder}, il en faut {_gigabytes(DISK)} Go."
    return None


def _port_fault(name: str, port: int) -> str:
    return f"Le port {port} ({name}) est déjà occupé{_holder(port)} ; libérez-le, ou choisissez --ports auto."


def _holder(port: int) -> str:
    with contextlib.suppress(psutil.Error, PermissionError):
        for connection in psutil.net_connections("tcp"):
            listening = connection.status == psutil.CONN_LISTEN and tuple(connection.laddr)[1:] == (port,)
            if listening and connection.pid:
                return f" par « {psutil.Process(connection.pid).name()} » (processus {connection.pid})"
    return ""


def _broker_fault(libraries: Path) -> str | None:
    missing = java.missing_tools(libraries)
    if not missing or java.can_install() or containers.docker_works():
        return None
    return java.explain(missing)


def _gigabytes(size: int) -> str:
    return f"{size / 1e9:.1f}".replace(".", ",")
