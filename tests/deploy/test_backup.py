"""A backup is one that was restored: on an empty machine the same files, letters, cases and figures come back."""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from deploy import backup
from deploy.local.options import ONE_OF_EACH
from deploy.local.platform import Platform
from deploy.local.quiescence import Quiescence
from shared.access.principal import Role
from shared.access.purposes import USUAL
from shared.settings import SERVICES
from tests.compose.desk import of_today
from tests.guarantees.harness import PATIENCE, WORK, Trial, trial, until
from tests.load.applications import mixed

PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


class FakeTools:
    """A place whose databases are text and whose files are a folder of this test: for the checks on what was saved."""

    def __init__(self, state: Path) -> None:
        self._state = state

    def database(self, tool: str, service: str, *options: str) -> list[str]:
        return ["echo", service]

    def files(self, service: str, script: str, *words: str) -> list[str]:
        return ["sh", "-c", script, str(self._state), *words]


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    """A backup with one paper and no letter."""
    name = hashlib.sha256(PDF).hexdigest()
    paper = tmp_path / "state" / "papers" / name[:2] / name[2:4] / name
    paper.parent.mkdir(parents=True)
    paper.write_bytes(PDF)
    backup.save(FakeTools(tmp_path / "state"), tmp_path / "backup")
    return tmp_path / "backup"


def test_a_backup_is_whole_and_private(saved: Path) -> None:
    assert backup.check(saved) == 1
    assert saved.stat().st_mode & 0o077 == 0


def test_a_backup_is_never_mixed_with_another(saved: Path, tmp_path: Path) -> None:
    with pytest.raises(backup.BackupError, match="not empty"):
        backup.save(FakeTools(tmp_path / "state"), saved)


@pytest.mark.parametrize("name", ["intake.dump", "papers.tar"])
def test_a_file_that_changed_is_noticed_before_anything_is_restored(saved: Path, tmp_path: Path, name: str) -> None:
    content = bytearray((saved / name).read_bytes())
    content[0] ^= 1
    (saved / name).write_bytes(content)
    with pytest.raises(backup.BackupError, match=f"{name} is not what was saved"):
        backup.restore(FakeTools(tmp_path / "elsewhere"), saved)


def test_a_paper_that_rotted_before_it_was_saved_is_noticed(tmp_path: Path) -> None:
    name = hashlib.sha256(PDF).hexdigest()
    paper = tmp_path / "state" / "papers" / name
    paper.parent.mkdir(parents=True)
    paper.write_bytes(PDF + b"!")
    with pytest.raises(backup.BackupError, match="not what its name says"):
        backup.save(FakeTools(tmp_path / "state"), tmp_path / "backup")


@pytest.mark.guarantee
async def test_an_empty_machine_restored_shows_the_same(scratch: Path) -> None:
    today = dt.datetime.now(dt.UTC).date()  # not the day that other tests of this process live in
    live, again, folder = scratch / "live", scratch / "again", scratch / "backup"
    async with trial(live, replicas=ONE_OF_EACH) as before:
        await before.set_day(today.isoformat())
        posted = await before.post(of_today(body, today) for body in mixed(20, 4))
        paper = await _hand_in(before, posted[3])
        await _quiet(before)
        seen = await _picture(before, paper)
    with backup.local(live) as place:
        await asyncio.to_thread(backup.save, place, folder)
    with backup.local(again) as place:
        assert await asyncio.to_thread(backup.restore, place, folder) > len(posted)

    platform = Platform(again, replicas=ONE_OF_EACH, profile="test", durable=False, say=lambda _: None)
    await asyncio.to_thread(platform.start)
    try:
        after = Trial(platform)
        await after.set_day(today.isoformat())
        assert await _tell_again(after) == len(posted)
        await _quiet(after)
        assert await _picture(after, paper) == seen
    finally:
        await asyncio.to_thread(platform.stop)


async def _quiet(under_test: Trial) -> None:
    """Wait until nobody has work left: that is the moment to cut at."""
    await under_test.ready()
    urls = {service: under_test.platform.url(service) for service in SERVICES}
    async with Quiescence(under_test.platform.bootstrap, under_test.databases, urls, WORK) as watch:
        await watch.wait(PATIENCE)


def _client(under_test: Trial, service: str, role: Role, caisse: str = "") -> httpx.AsyncClient:
    headers = {"Authorization": f"Bearer {under_test.token(caisse, role)}", "X-Purpose": USUAL[role].value}
    return httpx.AsyncClient(base_url=under_test.platform.url(service), timeout=30, headers=headers)


async def _hand_in(under_test: Trial, application: str) -> str:
    """The missing paper with its bytes; the address where they can be read again."""
    async with _client(under_test, "intake", Role.SUPERVISOR) as boss:
        caisse = (await boss.get(f"/applications/{application}/status")).raise_for_status().json()["caisse"]
    async with _client(under_test, "intake", Role.TECHNICIAN, caisse) as desk:
        paper = json.dumps({"kind": "energy_bill", "use": "residence", "dated": under_test.day})
        answer = await desk.post(
            f"/applications/{application}/papers",
            data={"paper": paper},
            files={"file": ("facture.pdf", PDF, "application/pdf")},
            headers={"Idempotency-Key": "paper-1"},
        )
        [told] = answer.raise_for_status().json()["papers"]
    return f"{caisse}/applications/{application}/papers/{told['paper_id']}"


async def _picture(under_test: Trial, paper: str) -> dict[str, Any]:
    """What people see: figures, files, cases, letters, one paper's bytes and one letter's."""
    found: dict[str, Any] = {}
    lists = {"intake": "/applications", "decision": "/cases", "letters": "/letters", "dedup": "/pairs"}
    for service, path in lists.items():
        async with _client(under_test, service, Role.SUPERVISOR) as boss:
            answer = (await boss.get(path, params={"limit": 500})).raise_for_status().json()
            found[service] = sorted(answer["items"], key=str)
            if service == "letters":
                found["pdf"] = (
                    (await boss.get(f"/letters/{found[service][0]['letter_id']}/pdf")).raise_for_status().content
                )
    caisse, _, path = paper.partition("/")
    async with _client(under_test, "intake", Role.TECHNICIAN, caisse) as desk:
        found["paper"] = (await desk.get("/" + path)).raise_for_status().content
    async with _client(under_test, "reporting", Role.SUPERVISOR) as boss:
        today = dt.date.fromisoformat(under_test.day)
        period = f"{today.year}-T{(today.month + 2) // 3}"
        found["figures"] = (await boss.get(f"/tables/{period}")).raise_for_status().json()
    assert found["paper"] == PDF
    return found


async def _tell_again(under_test: Trial) -> int:
    async with _client(under_test, "intake", Role.OPERATOR) as operator:
        answer = await operator.post("/admin/re-emissions", json={}, headers={"Idempotency-Key": "restored"})
        answer.raise_for_status()

        async def done() -> dict[str, Any] | None:
            told = (await operator.get(answer.headers["Location"])).raise_for_status().json()
            return told if told["state"] == "done" else None

        return int((await until(done, "everything told again"))["applications"])
