"""The client of front ends, without a service: what it sends, when it tries again, what it makes of answers."""

from __future__ import annotations

import json
from collections.abc import Callable
from uuid import UUID

import httpx
import pytest
from base_commune_client import AsyncClient, Client, Patience, ProblemError
from base_commune_client.retries import PASSING

APPLICATION = UUID("0190a0f0-0000-7000-8000-000000000001")
RECEIPT = {"application_id": str(APPLICATION), "caisse": "751", "reference": "A-1", "state": "received", "version": 1}
Answer = Callable[[httpx.Request], httpx.Response]


class Server:
    """Plays the service: one answer after the other; the last one again and again."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self.answers = list(answers)
        self.requests: list[httpx.Request] = []
        self.pauses: list[float] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    def client(self, **patience: float) -> Client:
        """A client of this service that notes its pauses instead of taking them."""
        made = Patience(**patience)  # type: ignore[arg-type]
        transport = httpx.MockTransport(self)
        return Client("http://ame/v1", "secret", patience=made, transport=transport, pause=self.pauses.append)


def accepted() -> httpx.Response:
    return httpx.Response(202, json=RECEIPT | {"added_by_a_later_version": True})


def busy(seconds: int | None = None) -> httpx.Response:
    headers = {} if seconds is None else {"Retry-After": str(seconds)}
    return httpx.Response(503, json={"code": "overloaded", "status": 503}, headers=headers)


def test_an_application_is_filed_under_one_key_however_often_it_is_sent() -> None:
    server = Server(busy(), httpx.ConnectError("cut"), httpx.ReadTimeout("late"), accepted())
    receipt = server.client().file_application({"kind": "first"})
    assert (receipt.application_id, receipt.version) == (APPLICATION, 1)
    assert len(server.requests) == 4
    assert len({request.headers["Idempotency-Key"] for request in server.requests}) == 1
    assert {request.headers["Authorization"] for request in server.requests} == {"Bearer secret"}


def test_two_applications_have_two_keys_and_a_key_of_ones_own_is_kept() -> None:
    server = Server(accepted())
    client = server.client()
    for key in (None, None, "guichet-12-000345"):
        client.file_application({}, key=key)
    first, second, third = (request.headers["Idempotency-Key"] for request in server.requests)
    assert first != second
    assert third == "guichet-12-000345"


@pytest.mark.parametrize("status", sorted(PASSING))
def test_what_is_refused_for_now_is_tried_again_and_then_told(status: int) -> None:
    server = Server(httpx.Response(status, text="not now"))
    with pytest.raises(ProblemError) as told:
        server.client(tries=3).status(APPLICATION)
    assert (told.value.status, told.value.code, len(server.requests)) == (status, f"http_{status}", 3)
    assert len(server.pauses) == 2


def test_pauses_double_and_follow_what_the_service_asks_up_to_a_bound() -> None:
    server = Server(busy(), busy(), busy(7), busy(3600), accepted())
    server.client(first=1.0, longest=30.0).file_application({})
    one, two, asked, bounded = server.pauses
    assert 0.5 <= one <= 1.0 <= two <= 2.0
    assert (asked, bounded) == (7.0, 30.0)


def test_a_broken_line_is_told_when_patience_ends() -> None:
    server = Server(httpx.ConnectError("cut"))
    with pytest.raises(httpx.ConnectError):
        server.client(tries=2).status(APPLICATION)
    assert len(server.requests) == 2


def test_a_refusal_is_told_at_once_with_its_faults() -> None:
    body = {
        "type": "about:blank",
        "status": 422,
        "code": "validation_failed",
        "title": "Demande refusée",
        "detail": "1 champ(s) à corriger.",
        "errors": [{"pointer": "/members/0/birth_date", "code": "after_deposit", "detail": "Née après le dépôt."}],
        "correlation_id": "c-1",
    }
    server = Server(httpx.Response(422, json=body))
    with pytest.raises(ProblemError, match="422 validation_failed") as told:
        server.client().file_application({})
    [fault] = told.value.faults
    assert (fault.pointer, fault.code, fault.detail) == (
        "/members/0/birth_date",
        "after_deposit",
        "Née après le dépôt.",
    )
    assert (told.value.correlation_id, len(server.requests)) == ("c-1", 1)


def test_what_a_problem_tells_besides_is_kept() -> None:
    body = {"code": "reference_in_use", "status": 409, "application_id": str(APPLICATION)}
    with pytest.raises(ProblemError) as told:
        Server(httpx.Response(409, json=body)).client().file_application({})
    assert told.value.extra["application_id"] == str(APPLICATION)


def test_an_amendment_names_the_version_that_was_read() -> None:
    server = Server(accepted())
    server.client().amend(APPLICATION, {"language": "bn"}, version=3)
    [request] = server.requests
    assert (request.method, request.headers["If-Match"]) == ("PATCH", '"3"')
    assert request.headers["Content-Type"] == "application/merge-patch+json"
    assert json.loads(request.content) == {"language": "bn"}


def test_a_list_is_read_page_after_page() -> None:
    def page(start: int, following: str | None) -> httpx.Response:
        rows: list[dict[str, object]] = [
            {"row": row, "reference": "A", "verdict": "accepted", "application_id": None, "errors": []}
            for row in (start, start + 1)
        ]
        return httpx.Response(200, json={"items": rows, "next": following})

    server = Server(page(2, "c1"), page(4, None))
    rows = list(server.client().import_rows(APPLICATION, verdict="accepted"))
    assert [row.row for row in rows] == [2, 3, 4, 5]
    assert [dict(request.url.params) for request in server.requests] == [
        {"verdict": "accepted"},
        {"verdict": "accepted", "cursor": "c1"},
    ]


def test_a_token_may_come_anew_for_each_try() -> None:
    tokens = iter(["first", "second"])
    server = Server(busy(), accepted())
    made = Client(
        "http://ame/v1", lambda: next(tokens), transport=httpx.MockTransport(server), pause=server.pauses.append
    )
    made.file_application({})
    assert [request.headers["Authorization"] for request in server.requests] == ["Bearer first", "Bearer second"]


def change(position: int) -> dict[str, object]:
    return {
        "position": position,
        "id": str(APPLICATION),
        "application_id": str(APPLICATION),
        "caisse": "751",
        "status": "granted",
        "occurred_at": "2026-11-27T10:00:00+00:00",
        "business_date": "2026-11-27",
    }


def test_changes_are_read_up_to_now_from_where_one_was() -> None:
    first = httpx.Response(200, json={"items": [change(8), change(9)], "next": 9, "more": True})
    second = httpx.Response(200, json={"items": [change(12)], "next": 12, "more": False})
    server = Server(first, second)
    found = list(server.client().changes(after=7))
    assert [one.position for one in found] == [8, 9, 12]
    assert (found[0].status, found[0].application_id) == ("granted", APPLICATION)
    assert [dict(request.url.params)["after"] for request in server.requests] == ["7", "9"]
    assert {request.headers["X-Purpose"] for request in server.requests} == {"front_desk"}
    assert "after" not in dict(_asked(lambda client: list(client.changes())).url.params)


def _asked(call: Callable[[Client], object]) -> httpx.Request:
    server = Server(httpx.Response(200, json={"items": [], "next": 0, "more": False}))
    call(server.client())
    return server.requests[0]


def test_what_would_be_done_twice_is_not_tried_again_when_the_line_breaks() -> None:
    for broken in (httpx.ReadTimeout("late"), httpx.Response(504)):
        server = Server(broken)
        with pytest.raises((httpx.ReadTimeout, ProblemError)):
            server.client().new_secret(APPLICATION)
        assert len(server.requests) == 1
    server = Server(busy(), httpx.Response(200, json={"secret": "whsec_new", "earlier_until": "2026-11-29T10:00:00Z"}))
    assert server.client().new_secret(APPLICATION) == "whsec_new"  # the service itself said that nothing was done


async def test_the_awaited_client_does_the_same() -> None:
    server = Server(busy(), accepted())

    async def pause(seconds: float) -> None:
        server.pauses.append(seconds)

    async with AsyncClient("http://ame/v1", "t", transport=httpx.MockTransport(server), pause=pause) as client:
        receipt = await client.file_application({})
        assert receipt.reference == "A-1"
        server.answers = [httpx.Response(200, json={"items": [], "next": None})]
        assert [one async for one in client.applications()] == []
        server.answers = [httpx.Response(404, json={"code": "not_found"})]
        with pytest.raises(ProblemError, match="404 not_found"):
            await client.status(APPLICATION)
    assert len(server.pauses) == 1
