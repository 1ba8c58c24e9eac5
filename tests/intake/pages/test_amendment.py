"""Changing an application in pages: nothing typed is lost, whatever happens meanwhile."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest

from shared.access.principal import Role
from tests.intake.conftest import Intake
from tests.intake.pages.people import read, send

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def opened(intake: Intake, one: str) -> dict[str, str]:
    """The fields of the form as the page has them."""
    html = (await read(intake, f"/ui/applications/{one}/edit")).text
    form = html.partition(f'action="/ui/applications/{one}/edit"')[2].partition("</form>")[0]
    fields = dict(re.findall(r'<input id="(\w+)"[^>]* value="([^"]*)"', form))
    for name, options in re.findall(r'<select id="(\w+)"[^>]*>(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', options)
        fields[name] = chosen[1] if chosen else ""
    version = re.search(r'name="version" value="(\d+)"', form)
    assert version is not None
    return {name: unescape(value) for name, value in fields.items()} | {"version": version[1]}


async def change(intake: Intake, one: str, fields: dict[str, str], **how: Any) -> Any:
    return await send(intake, f"/ui/applications/{one}/edit", fields, **how)


async def test_what_is_changed_is_told_and_stands_among_the_versions(intake: Intake) -> None:
    one = await intake.filed()
    fields = await opened(intake, one)
    answer = await change(intake, one, fields | {"m0_family_name": "DIARRA", "m0_birth_date": "3/1979"})
    assert (answer.status_code, answer.headers["location"]) == (303, f"/ui/applications/{one}")
    event = intake.told(one)[-1]
    assert event["type"] == "application.amended"
    told = {item["pointer"]: (item["before"], item["after"]) for item in event["changes"]}
    assert told == {
        "/members/0/family_name": ("Diarra", "DIARRA"),
        "/members/0/birth_date": ("1979-03-12", "1979-03-00"),
    }
    assert event["facts"]["papers"][0]["kind"] == "passport"  # what the form does not show stays
    versions = (await read(intake, f"/ui/applications/{one}/versions")).text
    assert "« Diarra » est devenu « DIARRA »" in versions


async def test_a_form_sent_as_it_was_changes_nothing(intake: Intake) -> None:
    one = await intake.filed()
    assert (await change(intake, one, await opened(intake, one))).status_code == 303
    assert len(intake.told(one)) == 1


async def test_what_is_wrong_is_said_beside_the_field_and_nothing_is_lost(intake: Intake) -> None:
    one = await intake.filed()
    fields = await opened(intake, one) | {"m0_birth_date": "31/2/1979", "address_line": "9 rue Neuve"}
    answer = await change(intake, one, fields)
    assert answer.status_code == 422
    assert "<title>Erreur : " in answer.text
    assert 'href="#m0_birth_date"' in answer.text
    assert 'value="31/2/1979"' in answer.text
    assert 'value="9 rue Neuve"' in answer.text
    assert len(intake.told(one)) == 1


async def test_what_the_contract_refuses_is_said_beside_its_field(intake: Intake) -> None:
    one = await intake.filed()
    answer = await change(intake, one, await opened(intake, one) | {"address_postcode": "7501"})
    assert (answer.status_code, 'href="#address_postcode"' in answer.text) == (422, True)


async def test_a_stale_version_keeps_the_text_and_says_what_changed(intake: Intake) -> None:
    one = await intake.filed()
    mine, other = await opened(intake, one), await opened(intake, one)
    await change(intake, one, other | {"address_city": "LYON"}, role=Role.TECHNICIAN)
    answer = await change(intake, one, mine | {"m0_given_names": "Awa Marie"})
    assert answer.status_code == 412
    assert "« PARIS » est devenu « LYON »" in answer.text
    assert 'value="Awa Marie"' in answer.text  # what I typed
    assert 'value="LYON"' in answer.text  # what I did not touch is as it is now
    again = {"m0_given_names": "Awa Marie", "address_city": "LYON"}
    assert (await change(intake, one, await opened(intake, one) | again)).status_code == 303
    facts = intake.told(one)[-1]["facts"]
    assert (facts["members"][0]["given_names"], facts["address"]["city"]) == ("Awa Marie", "LYON")


async def test_a_double_click_is_one_change(intake: Intake) -> None:
    one = await intake.filed()
    fields = await opened(intake, one) | {"address_city": "LYON"}
    answers = [await change(intake, one, fields) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [303, 303]
    assert len(intake.told(one)) == 2


@pytest.mark.parametrize("path", ["edit", "versions"])
async def test_the_file_of_another_caisse_does_not_exist(intake: Intake, path: str) -> None:
    one = await intake.filed()
    assert (await read(intake, f"/ui/applications/{one}/{path}")).status_code == 200
    assert (await read(intake, f"/ui/applications/{one}/{path}", caisse="931")).status_code == 404
    fields = await opened(intake, one)
    assert (await change(intake, one, fields | {"address_city": "X"}, caisse="931")).status_code == 404


async def test_a_form_about_a_withdrawn_file_is_answered_in_words(intake: Intake) -> None:
    one = await intake.filed()
    fields = await opened(intake, one)
    done = await send(intake, f"/ui/applications/{one}/withdrawal", {"withdrawal_reason": "other"})
    assert done.status_code == 303
    answer = await change(intake, one, fields | {"address_city": "LYON"})
    assert (answer.status_code, "Action impossible maintenant" in answer.text) == (409, True)


@pytest.mark.parametrize(
    ("act", "fields", "said"),
    [
        ("transfer", {"to_caisse": "9x", "transfer_reason": "moved"}, "trois chiffres"),
        ("transfer", {"to_caisse": "888", "transfer_reason": "moved"}, "aucune n&#39;a le code 888"),
        ("transfer", {"to_caisse": "931", "transfer_reason": ""}, "choisissez-la dans la liste"),
        ("withdrawal", {"withdrawal_reason": "rain"}, "choisissez-la dans la liste"),
    ],
)
async def test_an_act_that_lacks_something_keeps_what_was_chosen(
    intake: Intake, act: str, fields: dict[str, str], said: str
) -> None:
    one = await intake.filed()
    answer = await send(intake, f"/ui/applications/{one}/{act}", fields)
    assert (answer.status_code, said in answer.text) == (422, True)
    if act == "transfer":
        assert f'value="{fields["to_caisse"]}"' in answer.text
    assert len(intake.told(one)) == 1
