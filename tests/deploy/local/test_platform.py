"""The supervisor: what dies comes back, what is stopped stays down, and nothing outlives it, however it ends."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import psutil
import psycopg
import pytest

from deploy import processes
from deploy.embedded.databases import DatabaseServer
from deploy.embedded.kafka import broker_count
from deploy.local import commands
from deploy.local.options import Replica
from deploy.local.platform import ROOT, Platform
from deploy.local.preflight import PreflightError
from tests.deploy.local import supervisor

SPLIT = (Replica("intake", "api"), Replica("intake", "worker", "0"), Replica("intake", "worker", "1"), Replica("dedup"))


@pytest.fixture(scope="module")
def standing(scratch: Path) -> Iterator[Platform]:
    platform = Platform(
        scratch / "standing",
        replicas=SPLIT,
        command=supervisor.command,
        prepare=False,
        durable=False,
        say=lambda _: None,
    )
    with platform:
        yield platform


def _answer(url: str) -> dict[str, object]:
    with urlopen(f"{url}/ready", timeout=5) as response:
        content: dict[str, object] = json.load(response)
        return content


@pytest.mark.servers
def test_each_replica_is_a_process_with_the_settings_of_its_service(standing: Platform) -> None:
    answers = {replica: _answer(standing.process(*_names(replica)).url) for replica in SPLIT}
    assert len({answer["pid"] for answer in answers.values()}) == len(SPLIT)
    assert answers[SPLIT[3]]["database"] == "ame_dedup"
    assert standing.url("intake") == standing.process("intake", "api").url
    assert standing.process("intake", "worker", "1").environment["AME_SLOT"] == "1"


@pytest.mark.servers
def test_a_service_is_given_the_runtime_role_and_never_the_owner(standing: Platform) -> None:
    environment = standing.process("dedup").environment
    assert environment["AME_DATABASE_USER"] == "ame_dedup_app"
    assert not [name for name in environment if "OWNER" in name]
    for owner in (False, True):
        with psycopg.connect(standing.database("dedup", owner=owner)) as connection:
            expected = "ame_dedup_owner" if owner else "ame_dedup_app"
            assert connection.execute("SELECT current_user").fetchone() == (expected,)


@pytest.mark.servers
def test_what_is_killed_comes_back_at_the_same_address(standing: Platform) -> None:
    process = standing.process("dedup")
    before, url = process.pid, process.url
    process.kill(signal.SIGKILL)
    _await(lambda: process.restarts == 1)
    process.wait_ready(20)
    assert process.pid != before
    assert process.url == url
    assert _answer(url)["pid"] == process.pid


@pytest.mark.servers
def test_what_is_stopped_stays_down_until_it_is_started(standing: Platform) -> None:
    process = standing.process("intake", "worker", "0")
    restarts = process.restarts
    process.kill(restart=False)
    assert not process.running
    assert not process.ready()
    process.start()
    process.wait_ready(20)
    assert process.restarts == restarts


@pytest.mark.servers
def test_a_second_supervisor_on_the_same_folder_is_refused(standing: Platform) -> None:
    with pytest.raises(PreflightError, match="tourne déjà"):
        Platform(standing.root, run_folder=standing.run_folder).start()
    assert standing.process("dedup").ready()


@pytest.mark.servers
def test_logs_are_kept_as_they_came(standing: Platform) -> None:
    log = standing.journal_folder / "intake-worker-1.log"
    _await(lambda: '"event": "up"' in log.read_text())


@pytest.mark.servers
@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_nothing_outlives_the_supervisor(scratch: Path, end: signal.Signals) -> None:
    root, run = scratch / f"end-{end.name}", scratch / f"end-{end.name}-run"
    with _Supervisor(root, run) as process:
        family = psutil.Process(process.pid).children(recursive=True)
        names = " ".join(" ".join(member.cmdline()) for member in family)
        assert all(part in names for part in ("standin.py", "kafka.Kafka", "postgres"))
        facts = commands.state(run)
        with psycopg.connect(_conninfo(facts)) as connection:
            connection.execute("CREATE TABLE lives (number int)")
            connection.execute("INSERT INTO lives VALUES (1)")

        process.send_signal(end)
        process.wait(60)
        _await(lambda: not [member for member in family if _alive(member)])

    assert commands.state(run) == {}
    assert commands.down(run) == 0
    assert not list(run.glob("*.json"))
    if end == signal.SIGKILL:
        with _Supervisor(root, run) as successor:  # no lock is left, and the data are
            assert _count(commands.state(run)) == 1
            assert broker_count(commands.state(run)["environment"][""]["KAFKA_BOOTSTRAP_SERVERS"]) == 1
            assert commands.down(run) == 0
            assert successor.wait(5) == 0
    else:
        assert process.returncode == 0


@pytest.mark.servers
def test_servers_named_by_the_environment_are_used(
    scratch: Path, kafka: str, postgres: DatabaseServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = {"KAFKA_BOOTSTRAP_SERVERS": kafka, "AME_DATABASE_HOST": postgres.host}
    given |= {"AME_DATABASE_PORT": str(postgres.port), "AME_DATABASE_ADMIN_PASSWORD": postgres.password}
    given |= {f"{role.upper()}_PASSWORD": password for role, password in postgres.passwords.items()}
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    said: list[str] = []
    root = scratch / "borrowed"
    replicas = (Replica("reporting"),)
    with Platform(root, replicas=replicas, command=supervisor.command, prepare=False, say=said.append) as platform:
        assert (platform.kafka, platform.postgres) == (None, None)
        assert platform.bootstrap == kafka
        with psycopg.connect(platform.database("reporting")) as connection:
            assert connection.info.port == postgres.port
    assert sum("(environnement)" in line for line in said) == 2
    assert broker_count(kafka) == 1  # somebody else's: left running


@pytest.mark.servers
def test_what_survived_a_crash_is_ended_by_down(scratch: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = scratch / "left-run"
    survivor = subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"], start_new_session=True)
    processes.record(run / "letters.process.json", survivor.pid)
    assert commands.down(run) == 0
    assert "letters" in capsys.readouterr().out
    assert survivor.wait(5) == -signal.SIGTERM


def test_a_stranger_with_a_recorded_pid_is_left_alone(scratch: Path) -> None:
    path = scratch / "stranger" / "intake.process.json"
    processes.record(path, os.getpid())
    note = json.loads(path.read_text())
    path.write_text(json.dumps(note | {"started": note["started"] - 1}))
    assert processes.recorded(path) is None
    assert not processes.reap(path)


class _Supervisor:
    def __init__(self, root: Path, run: Path) -> None:
        self.arguments = [str(root), str(run)]
        self.run = run

    def __enter__(self) -> "subprocess.Popen[bytes]":
        command = [sys.executable, "-m", "tests.deploy.local.supervisor", *self.arguments]
        self.process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        try:
            processes.await_condition(
                lambda: commands.state(self.run).get("state") == "ready",
                within=60,
                pause=0.1,
                alive=lambda: self.process.poll() is None,
                failure=lambda: "the supervisor did not start",
            )
        except RuntimeError:
            self.process.kill()
            raise AssertionError(self.process.communicate()[0].decode()) from None
        return self.process

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.communicate()


def _await(condition: "object") -> None:
    assert callable(condition)
    processes.await_condition(condition, within=20, failure=lambda: "not within 20 seconds")


def _names(replica: Replica) -> tuple[str, str, str]:
    return replica.service, replica.role, replica.slot


def _alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _conninfo(facts: dict[str, object]) -> str:
    environment = facts["environment"]
    assert isinstance(environment, dict)
    values = environment["intake"]
    return (
        f"host={values['AME_DATABASE_HOST']} port={values['AME_DATABASE_PORT']} dbname={values['AME_DATABASE_NAME']} "
        f"user={values['AME_DATABASE_OWNER_USER']} password={values['AME_DATABASE_OWNER_PASSWORD']}"
    )


def _count(facts: dict[str, object]) -> int:
    with psycopg.connect(_conninfo(facts)) as connection:
        row = connection.execute("SELECT count(*) FROM lives").fetchone()
        assert row is not None
        return int(row[0])
