"""What is in the way is said in French, all of it at once, before anything starts."""

import os
import socket
from pathlib import Path

import pytest

from deploy.embedded import java
from deploy.local import preflight
from deploy.local.platform import LIBRARIES, Platform
from deploy.local.preflight import PreflightError


def _faults(**changes: object) -> list[str]:
    facts: dict[str, object] = {"folders": [], "ports": {}, "needs_broker": False, "libraries": LIBRARIES}
    return preflight.faults(**(facts | changes))  # type: ignore[arg-type]


def test_nothing_in_the_way(tmp_path: Path) -> None:
    assert _faults(folders=[tmp_path / "new"], needs_broker=True) == []


def test_a_port_in_use_is_named_with_its_service_and_its_holder() -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        (fault,) = _faults(ports={"intake": port})
    assert fault.startswith(f"Le port {port} (intake) est déjà occupé par « ")
    assert f"(processus {os.getpid()})" in fault


def test_a_folder_that_cannot_be_written() -> None:
    (fault,) = _faults(folders=[Path("/proc/ame")])
    assert fault.startswith("Le dossier /proc/ame n'est pas accessible en écriture (")


@pytest.mark.parametrize(
    ("available", "said"),
    [
        (4_000_000_000, None),
        (2_500_000_000, None),
        (1_200_000_000, "Mémoire insuffisante : 1,2 Go disponibles, il en faut environ 2,5 Go. "),
    ],
)
def test_too_little_memory(available: int, said: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AME_IGNORE_MEMORY", raising=False)
    fault = preflight.memory_fault(available)
    assert fault is None if said is None else (fault or "").startswith(said)
    monkeypatch.setenv("AME_IGNORE_MEMORY", "1")
    assert preflight.memory_fault(available) is None


def test_the_limit_of_a_container_counts_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "memory.max").write_text("3000000000\n")
    (tmp_path / "memory.current").write_text("2000000000\n")
    monkeypatch.setattr(preflight, "CGROUP", tmp_path)
    assert preflight.available_memory() == 1_000_000_000


def test_java_missing_where_nothing_can_install_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))  # neither java, mvn, apt-get nor docker
    (fault,) = _faults(needs_broker=True, libraries=tmp_path / "libs")
    assert fault.startswith("Il manque Java 17 ou plus récent et Maven")
    assert "sudo apt-get install" in fault
    assert "KAFKA_BOOTSTRAP_SERVERS" in fault


def test_a_java_too_old_is_as_good_as_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = tmp_path / "java"
    old.write_text("#!/bin/sh\necho 'openjdk version \"11.0.2\" 2019-01-15' >&2\n")
    old.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    assert java.java_version() == 11
    assert "java" in java.missing_tools(LIBRARIES)


def test_all_faults_are_told_at_once_and_nothing_starts(scratch: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preflight, "MEMORY", 10**18)
    monkeypatch.delenv("AME_IGNORE_MEMORY", raising=False)
    root = scratch / "refused"
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 8104))
        holder.listen()
        with pytest.raises(PreflightError) as refused:
            Platform(root, ports="fixed").start()
    lines = str(refused.value).splitlines()
    assert lines[0] == "Impossible de démarrer :"
    assert any("8104 (letters)" in line for line in lines)
    assert any("Mémoire insuffisante" in line for line in lines)
    assert not (root / "postgres").exists()


def test_an_unwritable_root_is_one_sentence() -> None:
    with pytest.raises(PreflightError, match="n'est pas accessible en écriture"):
        Platform(Path("/proc/ame")).start()
