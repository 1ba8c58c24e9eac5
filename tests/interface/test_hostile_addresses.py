"""Addresses, headers and methods that nobody writes by mistake, at every operation of all services: never a 5xx."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from urllib.parse import quote

import pytest

from shared.access.principal import Role
from shared.settings import SERVICES
from tests.interface.conftest import Door
from tests.interface.test_hostile_requests import PLACES

pytestmark = pytest.mark.guarantee
"""Some thousand requests for each service: the night's run, not everybody's."""

TEXTS = {
    "NUL": "%00",
    "half a pair": "%ED%A0%80",
    "not UTF-8": "%FF%FE",
    "too large a number": "1e400",
    "ten thousand figures": "9" * 10_000,
    "no number": "NaN",
    "year 0": "0000-01-01",
    "the last day": "9999-12-31",
    "seconds since 1970": "86400",
    "no sign": "",
    "other figures": quote("\u0661\u0662"),
    "a line break": "%0D%0AX-Made-Up:%201",
    "a right-to-left mark": quote("\u202e"),
}
"""Values of a parameter, as they stand in an address."""
HEADERS = {
    "If-Match": ["*", "W/", '"', '"99999999999999999999999999"', '"1e400"', "\xff", '"-1"', '"\u0661"'],
    "Idempotency-Key": ["", " ", "\xff\xfe", "k" * 5_000, "a\tb"],
    "X-Purpose": ["", "\xff", "everything", "instruction, audit"],
    "traceparent": ["00-0-0-0", "\xff", "00-" + "z" * 32 + "-" + "1" * 16 + "-01"],
    "Accept": ["\xff", "application/pdf;q=1e400", "*/*;q=NaN", ","],
    "Content-Type": ["", "\xff", "application/json; charset=utf-7", "application/json; charset=nothing", "/"],
    "Authorization": ["", "Bearer", "Bearer \xff", "Bearer a.b.c", "Basic \xff", "Bearer " + "x" * 9_000],
    "Cookie": ["\xff=\xff", "ame_session=\xff", ";;;", "ame_form=a.b; __Host-ame_session=x"],
    "Range": ["bytes=9-1"],
    "Host": ["\xff", "a b", "[::1"],
}
METHODS = ["KEITA", "get", "TRACE", "CONNECT", "PROPFIND", "A" * 300]


def answered(door: Door, method: str, address: str, headers: dict[str, str], body: bytes | None = None) -> int:
    """The status of a request that is sent as it stands: a client would mend it first."""
    host, _, port = door.url.removeprefix("http://").partition(":")
    line = http.client.HTTPConnection(host, int(port), timeout=60)
    try:
        line.putrequest(method, address, skip_host="Host" in headers, skip_accept_encoding=True)
        for name, value in headers.items():
            line.putheader(name, value.encode("utf-8" if "\u0661" in value else "latin-1"))
        if body is not None:
            line.putheader("Content-Length", str(len(body)))
        line.endheaders(body)
        return line.getresponse().status
    finally:
        line.close()


def operations(door: Door) -> Iterator[tuple[str, str, list[str], bool]]:
    """Method, path, the names of the parameters in the address, and whether a body of JSON is taken."""
    for path, item in door.schema["paths"].items():
        for method, operation in item.items():
            named = [one["name"] for one in operation.get("parameters", ()) if one["in"] == "query"]
            yield method.upper(), path, named, "requestBody" in operation


@pytest.mark.parametrize("service", SERVICES)
def test_no_value_in_an_address_is_a_fault_of_the_service(doors: dict[str, Door], service: str) -> None:
    door, wrong = doors[service], []
    headers = door.headers(Role.AUDITOR if service == "reporting" else Role.SUPERVISOR)
    for method, path, named, _ in operations(door):
        if method != "GET":
            continue
        asked = [f"{path.format_map(PLACES)}?{name}={text}" for name in [*named, "made_up"] for text in TEXTS.values()]
        if "{" in path:
            before, _, after = path.partition("{")
            tail = after.partition("}")[2].format_map(PLACES)
            asked += [f"{before}{text}{tail}" for text in TEXTS.values() if text]
        for address in asked:
            if (status := answered(door, method, address, headers)) >= 500:
                wrong.append(f"{status} {address[:200]}")
    assert wrong == []


@pytest.mark.parametrize("service", SERVICES)
def test_no_header_is_a_fault_of_the_service(doors: dict[str, Door], service: str) -> None:
    door, wrong = doors[service], []
    usual = door.headers(Role.AUDITOR if service == "reporting" else Role.TECHNICIAN)
    for method, path, _, takes_body in operations(door):
        for name, values in HEADERS.items():
            for value in values:
                given = usual | {"Content-Type": "application/json"} | {name: value}
                body = b"{}" if takes_body else None
                if (status := answered(door, method, path.format_map(PLACES), given, body)) >= 500:
                    wrong.append(f"{status} {method} {path} {name}: {value[:60]!r}")
    assert wrong == []


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("service", SERVICES)
def test_no_made_up_method_is_a_fault_of_the_service(doors: dict[str, Door], service: str, method: str) -> None:
    door = doors[service]
    headers = door.headers(Role.TECHNICIAN)
    for path in ("/", "/live", "/ready", "/metrics", "/ui/work", *door.schema["paths"]):
        assert 400 <= answered(door, method, path.format_map(PLACES), headers) < 500, path
