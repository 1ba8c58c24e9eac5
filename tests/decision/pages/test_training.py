"""The pages of the teaching sheet: for every role, with reasons, and nothing of them is kept or counted."""

from __future__ import annotations

import re
from html import unescape

import pytest

from services.decision.domain import training
from shared.access.principal import Role
from tests.decision.conftest import Shell
from tests.decision.pages.test_work import read, send

pytestmark = pytest.mark.asyncio(loop_scope="module")
PATHS = [
    "/ui/training",
    *(f"/ui/training/{number}" for number in range(1, 9)),
    "/ui/training/3?tried=1",
    "/ui/training/quiz/questions",
    "/ui/training/files/decisions",
    "/ui/training/sheet/print",
]


@pytest.mark.parametrize("path", PATHS)
async def test_everybody_signed_in_may_learn(shell: Shell, path: str) -> None:
    shell.client.cookies.clear()
    assert (await shell.client.get(path)).status_code == 401
    for role in Role:
        assert (await read(shell, path, role)).status_code == 200, role


@pytest.mark.parametrize("path", ["/ui/training/0", "/ui/training/9", "/ui/training/x", "/ui/training/1?tried=x"])
async def test_there_is_no_other_page(shell: Shell, path: str) -> None:
    assert (await read(shell, path)).status_code == 422


def counts(shell: Shell) -> list[int]:
    names = [row["name"] for row in shell.rows("SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'")]
    return [shell.rows(f'SELECT count(*) AS n FROM "{name}"')[0]["n"] for name in sorted(names)]


async def test_ten_files_are_decided_and_compared_and_nothing_is_kept(shell: Shell) -> None:
    before = counts(shell)
    fields: dict[str, str] = {one.code: one.answer for one in training.files()}
    fields |= {f"{one.code}_motive": one.motive for one in training.files()}
    path = "/ui/training/files/decisions"
    right = unescape((await send(shell, path, fields)).text)
    assert "Comme les règles : 10 sur 10" in right
    assert "Ce qui le dit" not in right
    other = unescape((await send(shell, path, {**fields, "recently_irregular": "grant"}, Role.AGENT)).text)
    assert "Comme les règles : 9 sur 10" in other
    [part] = re.findall(r'data-file="recently_irregular">(.*?)</section>', other, re.DOTALL)
    assert "CASF L. 251-1 (loi 2019-1479, art. 264 ; décret 2020-1325)" in part
    assert re.search(r'name="recently_irregular" value="grant" required checked', other), "what was decided stays"
    empty = await send(shell, path, {"plain": "burn"})
    assert "Comme les règles : 0 sur 10" in empty.text
    assert counts(shell) == before, "nothing is stored, nothing is told"


async def test_the_questions_give_reasons(shell: Shell) -> None:
    path = "/ui/training/quiz/questions"
    questions = training.quiz()
    fields = {f"q{at}": str(one.right) for at, one in enumerate(questions)}
    right = unescape((await send(shell, path, fields)).text)
    assert f"{len(questions)} sur {len(questions)}" in right
    assert all(one.why in right and one.text in right for one in questions)
    wrong = unescape((await send(shell, path, {**fields, "q0": "²"})).text)
    assert f"{len(questions) - 1} sur {len(questions)}" in wrong
    assert f"La réponse : « {questions[0].options[questions[0].right]} »" in wrong
    untold = unescape((await read(shell, path)).text)
    assert not any(one.why in untold for one in questions)
