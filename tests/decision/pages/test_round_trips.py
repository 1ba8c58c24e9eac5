"""A page asks its database at most twice more than the interface does for the same."""

from __future__ import annotations

from uuid import UUID

import pytest

from tests.decision.conftest import Shell
from tests.decision.pages.test_work import cases, read
from tests.statements import statements

pytestmark = pytest.mark.asyncio(loop_scope="module")
MORE = 2
__all__ = ["cases"]  # the fixture


@pytest.mark.parametrize(
    ("page", "interface"),
    [
        ("/ui", "/cases"),
        ("/ui?sort=-person", "/cases"),
        ("/ui/cases/{one}", "/cases/{one}"),
        ("/ui/work", "/cases/workload"),
    ],
)
async def test_a_page_costs_little_more_than_the_interface(
    shell: Shell, cases: list[UUID], page: str, interface: str
) -> None:
    database = shell.client._transport.app.state.runtime.database  # type: ignore[attr-defined]
    with statements(database) as of_page:
        assert (await read(shell, page.format(one=cases[0]))).status_code == 200
    with statements(database) as of_interface:
        answer = await shell.client.get(interface.format(one=cases[0]), headers=shell.headers(caisse="781"))
        assert answer.status_code == 200
    assert len(of_page) <= len(of_interface) + MORE, of_page
