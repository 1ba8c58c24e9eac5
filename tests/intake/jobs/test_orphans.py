"""Bytes in the file store and the rows that refer to them: neither stays without the other."""

from __future__ import annotations

import asyncio
import hashlib
import uuid
from pathlib import Path
from typing import Any

import pytest

from services.intake.jobs.orphans import sweep_imports, sweep_papers
from services.intake.store.file_store import FolderStore, import_store, paper_store
from services.intake.store.papers import drop_unreferenced, insert_paper
from shared.access.principal import Role
from tests.intake.api.test_papers import send as send_paper
from tests.intake.conftest import Intake
from tests.intake.domain.test_papers import PDF
from tests.intake.examples import application

pytestmark = pytest.mark.asyncio(loop_scope="session")

NATIONAL: dict[str, Any] = {"role": Role.OPERATOR, "caisse": None}


def passport() -> tuple[bytes, str]:
    """Bytes that no other test has, and their hash."""
    content = PDF + uuid.uuid4().bytes
    return content, hashlib.sha256(content).hexdigest()


def bytes_kept(intake: Intake) -> set[str]:
    return {path.name for path in (intake.settings.state_dir / "papers").rglob("*") if path.is_file()}


async def withdrawn(intake: Intake) -> str:
    one = await intake.filed()
    answer = await intake.call("POST", f"/applications/{one}/withdrawal", json={"reason": "applicant_request"})
    assert answer.status_code == 200, answer.text
    return one


@pytest.mark.parametrize("refused", ["after_withdrawal", "in_the_future", "unknown_member"])
async def test_a_refused_upload_leaves_no_bytes(intake: Intake, refused: str) -> None:
    content, sha256 = passport()
    one = await withdrawn(intake) if refused == "after_withdrawal" else await intake.filed()
    paper: dict[str, Any] = {"kind": "passport", "use": "identity"}
    paper |= {"received_on": "2008-01-21"} if refused == "in_the_future" else {}
    paper |= {"member_rank": 9} if refused == "unknown_member" else {}
    answer = await send_paper(intake, one, content, paper=paper)
    assert answer.status_code in (409, 422), answer.text
    assert sha256 not in bytes_kept(intake)
    assert not list((intake.settings.state_dir / "papers" / "incoming").iterdir())


async def test_bytes_of_a_process_that_died_are_swept_after_the_grace_period(intake: Intake, tmp_path: Path) -> None:
    """Died between storing the bytes and the commit of their act, and while it took others in."""
    content, sha256 = passport()
    store = paper_store(intake.runtime)
    left = tmp_path / "left"
    left.write_bytes(content)
    store.put(left, sha256)
    half = intake.settings.state_dir / "papers" / "incoming" / "half"
    half.write_bytes(content[:10])
    one = await intake.filed()
    kept = (await send_paper(intake, one, passport()[0])).json()["papers"][0]["sha256"]

    await sweep_papers(intake.runtime)
    assert {sha256, kept} <= bytes_kept(intake)  # it may be about to commit
    assert half.exists()
    assert await sweep_papers(intake.runtime, grace=-60) == 1
    assert sha256 not in bytes_kept(intake)
    assert not half.exists()
    assert kept in bytes_kept(intake)


async def test_an_erasure_cut_short_is_finished_by_the_sweep(intake: Intake, monkeypatch: pytest.MonkeyPatch) -> None:
    content, sha256 = passport()
    one = await intake.filed()
    assert (await send_paper(intake, one, content)).status_code == 201

    async def dies(*_: Any) -> bool:
        raise SystemExit

    with monkeypatch.context() as patched:
        patched.setattr("services.intake.api.operations.drop_unreferenced", dies)
        with pytest.raises(SystemExit):
            await intake.call(
                "POST", f"/applications/{one}/erasure", json={"legal_ground": "retention_ended"}, **NATIONAL
            )
    assert sha256 in bytes_kept(intake)
    assert await sweep_papers(intake.runtime, grace=-60) == 1
    assert sha256 not in bytes_kept(intake)


async def test_an_identical_upload_during_an_erasure_keeps_its_file(intake: Intake, tmp_path: Path) -> None:
    """The upload has stored its bytes and is about to commit when the erasure counts who refers to them."""
    content, sha256 = passport()
    one, other = await intake.filed(), await intake.filed()
    assert (await send_paper(intake, one, content)).status_code == 201
    again = tmp_path / "again"
    again.write_bytes(content)
    stored, erased = asyncio.Event(), asyncio.Event()
    store = paper_store(intake.runtime)
    row = {
        "paper_id": uuid.uuid4(),
        "application_id": other,
        "sha256": sha256,
        "media_type": "application/pdf",
        "size": len(content),
        "stored_at": "2008-01-20T10:00:00Z",
    }

    async def upload() -> None:
        async with intake.runtime.database.unit() as unit:
            await insert_paper(unit, store, again, row)
            stored.set()
            # The erasure goes on until it waits for us, or, did it not wait, until it is over.
            await asyncio.wait([asyncio.ensure_future(erased.wait())], timeout=1.0)

    async def erase() -> None:
        await stored.wait()
        body = {"legal_ground": "retention_ended"}
        answer = await intake.call("POST", f"/applications/{one}/erasure", json=body, **NATIONAL)
        assert answer.status_code == 200, answer.text
        erased.set()

    await asyncio.gather(upload(), erase())
    assert sha256 in bytes_kept(intake)
    async with intake.runtime.database.unit() as unit:
        assert not await drop_unreferenced(unit, store, sha256)


async def test_the_file_of_an_import_that_nobody_recorded_is_swept(intake: Intake, tmp_path: Path) -> None:
    store: FolderStore = import_store(intake.runtime)
    left, name = tmp_path / "left.csv", str(uuid.uuid4())
    left.write_text(str(application()))
    store.put(left, name)
    await sweep_imports(intake.runtime)
    assert store.has(name)
    await sweep_imports(intake.runtime, grace=-60)
    assert not store.has(name)
