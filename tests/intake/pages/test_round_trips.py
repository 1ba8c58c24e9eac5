"""A page asks its database at most twice more than the interface does for the same."""

from __future__ import annotations

import pytest

from shared.access.principal import Role
from tests.intake.conftest import Intake
from tests.intake.pages.people import read
from tests.statements import statements

pytestmark = pytest.mark.asyncio(loop_scope="session")
MORE = 2


@pytest.mark.parametrize(
    ("page", "interface"),
    [
        ("/ui", "/applications"),
        ("/ui?status=received", "/applications?status=received"),
        ("/ui/applications/{one}", "/applications/{one}"),
        ("/ui/applications/{one}/papers", "/applications/{one}"),
        ("/ui/applications/{one}/edit", "/applications/{one}"),
        ("/ui/applications/{one}/versions", "/applications/{one}"),
        ("/ui/imports", "/imports"),
    ],
)
async def test_a_page_costs_little_more_than_the_interface(intake: Intake, page: str, interface: str) -> None:
    one = await intake.filed()
    with statements(intake.runtime.database) as of_page:
        assert (await read(intake, page.format(one=one))).status_code == 200
    with statements(intake.runtime.database) as of_interface:
        answer = await intake.call("GET", interface.format(one=one), role=Role.AGENT)
        assert answer.status_code == 200
    assert len(of_page) <= len(of_interface) + MORE, of_page
