"""Fixtures for every test. What is heavy starts when the first test asks for it, once, and says what was chosen."""

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from deploy.embedded.databases import DatabaseServer
from deploy.local.platform import Platform
from tests import servers
from tests.collector import Collector, collecting

# Workers under test share the machine with the tests themselves, which are many at a time: they yield less than
# elsewhere.
os.environ.setdefault("AME_WORKER_NICENESS", "5")

# Journeys live in 2008 and in 2026 on one platform: what they leave in between is not over its time.
os.environ.setdefault("AME_RETENTION", str(servers.ROOT / "deploy" / "demo" / "retention.yaml"))

# How fast examples are made says how busy the machine is, and nothing of the code.
settings.register_profile("busy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy")

SERVER_FIXTURES = {"postgres", "kafka", "databases", "platform"}
# Folders whose tests share one platform, and so one process; the longest begins first. The kernel's tests move the
# day of the broker they share with others: they come last.
LONGEST = ("platform", "guarantees")
LAST = ("shared",)
# Files without servers that take more than half a minute: what is short fills the end of a run on both sides.
LONG_FILES = (
    "intake/store/test_household_index.py",
    "letters/rendering/test_typst.py",
    "shared/service/test_secrets_check.py",
    "decision/domain/test_completions.py",
)

LONGEST_NAME = 40


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Bytes of a file name no case: made anew, they differ in each process, and all must collect the same."""
    return argname if isinstance(val, bytes) and len(val) > LONGEST_NAME else None


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark the tests that need a server by what they ask for, so that `make unit` can leave them out.

    With several processes (`-n 2 --dist loadgroup`), what shares servers runs in one of them, in its usual order.
    """
    for item in items:
        if SERVER_FIXTURES & set(getattr(item, "fixturenames", ())):
            item.add_marker("servers")
    if hasattr(config, "workerinput"):
        _share_out(items)


def _share_out(items: list[pytest.Item]) -> None:
    with_servers = {
        item.path for item in items if item.get_closest_marker("servers") or item.get_closest_marker("guarantee")
    }
    with_platform = {item.path for item in items if "platform" in getattr(item, "fixturenames", ())}
    groups: dict[str, list[pytest.Item]] = {}
    for item in items:
        folder = item.path.relative_to(servers.ROOT / "tests").parts[0]
        group = "platform" if folder in ("browser", "journeys") or item.path in with_platform else folder
        alone = str(item.path.relative_to(servers.ROOT / "tests"))
        groups.setdefault(group if item.path in with_servers else alone, []).append(item)

    def turn(group: str) -> tuple[int, int]:
        if group in LONGEST:
            return 0, LONGEST.index(group)
        if group in LONG_FILES:
            return 3, LONG_FILES.index(group)
        return (4, 0) if group.endswith(".py") else (2, 0) if group in LAST else (1, -len(groups[group]))

    items[:] = []
    for group in sorted(groups, key=turn):
        for item in groups[group]:
            item.add_marker(pytest.mark.xdist_group(group))
            items.append(item)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Name what failed at once: a run that is cut short never reaches its summary."""
    if report.failed and "PYTEST_XDIST_WORKER" not in os.environ:
        crash = getattr(report.longrepr, "reprcrash", None)
        why = str(crash.message if crash else report.longrepr).strip().splitlines()[:1]
        print(f"\nfailed ({report.when}): {report.nodeid}: {''.join(why)}", flush=True)


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """End the five services with the last test of their group: idle, they would slow all that follow."""
    if _group(item) == "platform" and (nextitem is None or _group(nextitem) != "platform"):
        _running.close()


_running = ExitStack()
"""What runs for the group of the platform."""


def _group(item: pytest.Item) -> str:
    marker = item.get_closest_marker("xdist_group")
    return str(marker.args[0]) if marker else ""


def pytest_collection_finish(session: pytest.Session) -> None:
    """Stop where the groups have no effect: each process would start every platform, and all would starve."""
    if hasattr(session.config, "workerinput") and not all("@" in item.nodeid for item in session.items):
        raise pytest.UsageError("pytest-xdist does not see the groups of tests/conftest.py: check its version")


@pytest.fixture(scope="session")
def say(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Print a line that is seen even when output is captured."""
    capture = request.config.pluginmanager.get_plugin("capturemanager")
    assert capture is not None
    # A process of several has no screen of its own but for errors.
    several = hasattr(request.config, "workerinput")

    def write(line: str) -> None:
        with capture.global_and_fixture_disabled():
            print(f"\n{line}", flush=True, file=sys.stderr if several else sys.stdout)

    return write


@pytest.fixture(scope="session")
def scratch() -> Iterator[Path]:
    """A folder of this session that a server running as another user may reach; removed at the end."""
    with servers.scratch_folder() as folder:
        yield folder


@pytest.fixture(scope="session")
def kafka(scratch: Path, say: Callable[[str], None]) -> Iterator[str]:
    """The bootstrap address of the session's broker. It is shared: kill one of your own (EmbeddedKafka) instead."""
    with servers.kafka_server(scratch, say) as address:
        yield address


@pytest.fixture(scope="session")
def postgres(scratch: Path, say: Callable[[str], None]) -> Iterator[DatabaseServer]:
    """The session's PostgreSQL as its administrator, roles made. It is shared: kill one of your own instead."""
    with servers.postgres_server(scratch, say) as server:
        yield server


@pytest.fixture(scope="session")
def databases(postgres: DatabaseServer) -> Iterator[servers.Databases]:
    """Makes fresh databases: `databases.empty("intake")`, `databases.migrated("intake")`."""
    made = servers.Databases(postgres)
    yield made
    made.drop_all()


@pytest.fixture(scope="session")
def collector() -> Iterator[Collector]:
    """The spans of the session's platform."""
    with collecting() as made:
        yield made


@pytest.fixture(scope="session")
def platform(scratch: Path, say: Callable[[str], None], collector: Collector) -> Iterator[Platform]:
    """The five services as processes on servers of their own, once for journeys and pages. Its day only goes
    forward."""
    say("five services: starting")
    traced = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.endpoint, "OTEL_BSP_SCHEDULE_DELAY": "200"}
    traced |= {"AME_POSTING_UNDO_SECONDS": "8"}  # nobody waits a minute for a posting to be carried out
    made = Platform(scratch / "platform", environment=traced, front=True, fresh=True, durable=False, say=lambda _: None)
    with _running:
        yield _running.enter_context(made)


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of a Chromium. Its absence skips the test, and fails it where `AME_REQUIRE_BROWSER=1`."""
    names = [os.environ.get("AME_CHROMIUM", ""), "chromium", "chromium-browser", "google-chrome"]
    found = next(filter(None, map(shutil.which, filter(None, names))), None)
    if found is None:
        reason = "no Chromium on the path (AME_CHROMIUM names one)"
        if os.environ.get("AME_REQUIRE_BROWSER") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    return found
