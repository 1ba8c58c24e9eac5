"""While events do not leave for the other services, intake takes no new work and says when to come back."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest

from tests.intake.conftest import running, settings_on
from tests.servers import Databases
from tests.waiting import until

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_new_work_is_refused_while_the_outbox_is_stuck(databases: Databases, broker: str, tmp_path: Path) -> None:
    """An API without a worker: nothing carries its events away."""
    async with running(settings_on(databases, broker, tmp_path, role="api")) as intake:
        one = await intake.filed()
        intake.sql.execute("UPDATE outbox SET created_at = now() - interval '61 seconds'")

        async def braked() -> bool:
            return (await intake.post()).status_code == 503

        await until(braked)
        answer = await intake.post()
        assert answer.json()["code"] == "unavailable"
        assert int(answer.headers["retry-after"]) > 0
        for method, path, body in (
            ("PATCH", f"/applications/{one}", {"language": "ar"}),
            ("POST", f"/applications/{one}/withdrawal", {"reason": "other"}),
            ("POST", f"/applications/{one}/papers", {"papers": [{"kind": "lease", "use": "residence"}]}),
        ):
            held = await intake.call(method, path, json=body, headers={"If-Match": '"1"'})
            assert held.status_code == 503, path
        files = {"file": ("a.csv", b"reference;channel", "text/csv")}
        assert (await intake.call("POST", "/imports", files=files)).status_code == 503
        assert (await intake.call("GET", f"/applications/{one}/status")).status_code == 200

        intake.sql.execute("UPDATE outbox SET sent_at = now()")

        async def free() -> bool:
            return (await intake.post(key=uuid.uuid4().hex)).status_code == 202

        await until(free)
