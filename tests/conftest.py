"""Fixtures for every test. What is heavy starts when the first test asks for it, once, and says what was chosen."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from deploy.embedded.databases import DatabaseServer
from deploy.platform import Platform
from tests import servers

SERVER_FIXTURES = {"postgres", "kafka", "databases", "platform"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that need a server are marked by what they ask for, so that `make unit` can leave them out."""
    for item in items:
        if SERVER_FIXTURES & set(getattr(item, "fixturenames", ())):
            item.add_marker("servers")


@pytest.fixture(scope="session")
def say(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Print a line that is seen even when output is captured."""
    capture = request.config.pluginmanager.get_plugin("capturemanager")

    def write(line: str) -> None:
        with capture.global_and_fixture_disabled():
            print(f"\n{line}", flush=True)

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
def platform(scratch: Path, say: Callable[[str], None]) -> Iterator[Platform]:
    """The five services as processes on servers of their own, once for journeys and pages. Its day only goes forward."""
    say("five services: starting")
    with Platform(scratch / "platform", fresh=True, durable=False, say=lambda _: None) as made:
        yield made


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
