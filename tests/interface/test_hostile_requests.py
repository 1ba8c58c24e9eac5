"""Requests that nobody writes by mistake: refused as every other error is, with the place and the rule."""

from __future__ import annotations

import base64
import json
from collections import defaultdict
from typing import Any

import httpx
import pytest

from services.intake.api.examples import EXAMPLES
from shared.access.principal import Role
from tests.interface.conftest import Door

Doors = dict[str, Door]
UNKNOWN = "0190a0f0-0000-7000-8000-000000000001"


def cursor(key: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(key).encode()).decode().rstrip("=")


LISTS = {
    "intake": ["/v1/applications", "/v1/imports"],
    "dedup": ["/v1/pairs"],
    "decision": ["/v1/cases"],
    "letters": ["/v1/letters"],
    "reporting": ["/v1/access-log", f"/v1/audit?application={UNKNOWN}"],
}
FORGED = {
    "not base64": "%%%",
    "not JSON": base64.urlsafe_b64encode(b"\xff\xfe").decode(),
    "too deep": base64.urlsafe_b64encode(b"[" * 350).decode(),
    "texts": cursor(["2008-01-20", "x"]),
    "NUL": cursor(["\x00", "\x00"]),
    "half a pair": cursor(["\ud800", UNKNOWN]),
    "year 0": cursor(["0000-01-01", UNKNOWN]),
    "year 1, far east": cursor(["0001-01-01T00:00:00+14:00", UNKNOWN]),
    "no zone": cursor(["2008-01-20T10:00:00", "x"]),
    "too large": cursor([10**30, 10**30]),
    "objects": cursor([{}, []]),
    "one part": cursor([[]]),
    "nulls": cursor([None, None]),
    "as in the complaint": "WyJ4IiwieSJd",
    "no such day": cursor(["2026-02-31", UNKNOWN]),
}


@pytest.mark.parametrize("forged", FORGED.values(), ids=FORGED)
@pytest.mark.parametrize(("service", "path"), [(service, path) for service, paths in LISTS.items() for path in paths])
def test_a_forged_cursor_is_refused_on_every_list(doors: Doors, service: str, path: str, forged: str) -> None:
    door = doors[service]
    role = Role.AUDITOR if service == "reporting" else Role.TECHNICIAN
    address = httpx.URL(path).copy_add_param("cursor", forged)
    answer = door.client.get(address, headers=door.headers(role))
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["code"] == "cursor_invalid"


QUERIES = {
    ("intake", "/v1/applications?q=KEITA"): "unknown_field",
    ("intake", "/v1/applications?reference=%00"): "control_character",
    ("intake", "/v1/imports?limite=3"): "unknown_field",
    ("dedup", "/v1/pairs?assignee=%00"): "control_character",
    ("dedup", "/v1/pairs?assigne=a"): "unknown_field",
    ("dedup", "/v1/pairs?raised_before=0000-01-01"): None,
    ("decision", "/v1/cases?assignee=%00"): "control_character",
    ("decision", "/v1/cases?etat=open"): "unknown_field",
    ("decision", "/v1/interpretations?q=%00"): "control_character",
    ("decision", "/v1/rule-sets/procedure?on=0000-01-01"): None,
    ("letters", "/v1/letters?q=KEITA"): "unknown_field",
    ("reporting", "/v1/access-log?actor=%00"): "control_character",
    ("reporting", "/v1/access-log?since=0000-00-00"): None,
    ("reporting", "/v1/indicators?period=0000-T1"): None,
    ("reporting", "/v1/indicators?periode=2008-T1"): "unknown_field",
    ("reporting", "/v1/indicators/%00"): "control_character",
    ("reporting", "/v1/tables/0000-01"): None,
}


@pytest.mark.parametrize(("place", "code"), QUERIES.items(), ids=[path for _, path in QUERIES])
def test_an_address_that_no_list_has_is_refused(doors: Doors, place: tuple[str, str], code: str | None) -> None:
    service, path = place
    door = doors[service]
    role = Role.AUDITOR if service == "reporting" else Role.TECHNICIAN
    answer = door.client.get(path, headers=door.headers(role))
    assert answer.status_code == 422, answer.text
    if code is not None:
        assert code in {error["code"] for error in answer.json()["errors"]}


# What stands in an address; whatever is not named here is an id that nothing has.
PLACES = defaultdict(
    lambda: UNKNOWN,
    {
        "serial": "931-000001",
        "rank": "0",
        "despatch_no": "1",
        "caisse": "751",
        "code": "desk-751",
        "day": "2008-01-21",
        "desk": "desk-751",
        "period": "2008-T1",
        "act": "approve",
        "number": "1",
        "kind": "address",
        "channel": "email",
        "mark": "00" * 16,
    },
)
HOSTILE = {
    "half a pair in a name": b'{"\\ud800": 1}',
    "half a pair in a text": b'{"reason": "\\udfff", "family_name": "\\ud800"}',
    "NUL": b'{"reason": "a\\u0000b", "family_name": "\\u0000", "language": "\\u0000"}',
    "too large a number": b'{"same_person": 1e400, "to_examine": 1e400, "posted_on": 1e400, "members": 1e400}',
    "not a number": b'{"same_person": NaN, "to_examine": Infinity, "posted_on": -Infinity}',
    "a number of ten thousand digits": b'{"members": ' + b"9" * 10_000 + b"}",
    "deep": b"[" * 5_000,
    "deep and closed": b'{"a": ' * 900 + b"1" + b"}" * 900,
    "not UTF-8": b'{"reason": "\xff"}',
    "a list": b"[]",
    "nothing": b"",
    "year 0": b'{"on": "0000-01-01", "posted_on": "0000-01-01", "birth_date": "0000-00-00"}',
}


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("service", ["intake", "dedup", "decision", "letters", "reporting"])
def test_a_hostile_body_is_refused_by_every_operation(doors: Doors, service: str, body: bytes) -> None:
    door = doors[service]
    for path, item in door.schema["paths"].items():
        for method, operation in item.items():
            kinds = operation.get("requestBody", {}).get("content", {})
            kind = next((each for each in kinds if each.endswith("json")), None)
            if kind is None:
                continue
            place = path.format_map(PLACES)
            headers = {"Content-Type": kind, "Idempotency-Key": "hostile", "If-Match": '"1"'}
            for role in (Role.TECHNICIAN, Role.SUPERVISOR, Role.OPERATOR):
                answer = door.client.request(method.upper(), place, content=body, headers=door.headers(role) | headers)
                assert 400 <= answer.status_code < 500, f"{method} {path}: {answer.status_code} {answer.text}"
                assert answer.headers["content-type"] == "application/problem+json"
                answer.json()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("reference", "\x00"),
        ("reference", "\ud800"),
        ("caisse", "\x00"),
        ("language", "\ud800"),
        ("members", [{"relation": "applicant", "family_name": "A\x00B"}]),
        ("members", [{"relation": "applicant", "family_name": "Diarra", "birth_date": "0000-00-00"}]),
        ("means", {"estimate_cents": 10**25}),
        ("deposit", EXAMPLES["post_application"]["deposit"] | {"deposited_on": "0000-01-01"}),
        ("deposit", EXAMPLES["post_application"]["deposit"] | {"body": "\x00"}),
    ],
)
def test_one_hostile_value_in_an_application_is_refused_by_its_place(doors: Doors, field: str, value: object) -> None:
    door = doors["intake"]
    headers = door.headers(Role.FRONTEND) | {"Idempotency-Key": "one-value", "Content-Type": "application/json"}
    document = json.dumps(EXAMPLES["post_application"] | {field: value}).encode()
    answer = door.client.post("/v1/applications", content=document, headers=headers)
    assert answer.status_code in (400, 422), answer.text
    assert answer.json()["code"] in ("malformed_json", "validation_failed")
