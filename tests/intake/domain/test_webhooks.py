"""Webhooks: signatures as the specification has them, three days of patience, and addresses that nothing is sent to."""

from __future__ import annotations

import datetime as dt
import json
from uuid import UUID

import pytest
from base_commune_client import NotOurs, Receiver
from hypothesis import given
from hypothesis import strategies as st

from services.intake.domain import webhooks
from services.intake.domain.webhooks import (
    PAUSES,
    InvalidAddress,
    answer_to,
    challenge_body,
    change_body,
    check_url,
    headers,
    is_public,
    message_id,
    pause_after,
    proves,
    secret_of,
)

NOW = dt.datetime(2026, 11, 27, 10, 0, tzinfo=dt.UTC)
SECRET, OTHER = secret_of(b"a" * 32), secret_of(b"b" * 32)
CHANGE = {
    "position": 7,
    "event_id": UUID(int=1),
    "application_id": UUID(int=2),
    "caisse": "751",
    "status": "granted",
    "occurred_at": NOW,
    "business_date": NOW.date(),
    "bulk_check": None,
    "reference": "never told",
}
COUNTS = {"rows": 5, "rows_done": 5, "same_person": 1, "to_examine": 0, "silent": 3, "refused": 1}


def receiver(*secrets: str, seconds: float = 0) -> Receiver:
    return Receiver(*secrets, now=lambda: NOW.timestamp() + seconds)


def test_the_signature_is_that_of_the_specification() -> None:
    """The vector that the libraries of the specification are tested with."""
    secret, at = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", dt.datetime.fromtimestamp(1614265330, dt.UTC)
    made = headers([secret], "msg_p5jXN8AQM9LWM0D4loKWxJek", at, b'{"test": 2432232314}')
    assert made == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_a_message_holds_codes_and_is_read_by_the_client() -> None:
    body = change_body(CHANGE)
    assert "never told" not in body.decode()
    message = receiver(SECRET).read(headers([SECRET], "m-1", NOW, body), body)
    assert message.change is not None
    assert (message.id, message.kind, message.answer) == ("m-1", "application.status_changed", None)
    assert (message.change.status, message.change.position, message.change.application_id) == (
        "granted",
        7,
        UUID(int=2),
    )
    assert set(json.loads(body)["data"]) == CHANGE.keys() - {"event_id", "reference", "bulk_check"} | {"id"}


@pytest.mark.parametrize("state", ["done", "failed"])
def test_the_end_of_a_bulk_check_is_told_in_counts(state: str) -> None:
    body = change_body(CHANGE | {"status": state, "bulk_check": COUNTS})
    message = receiver(SECRET).read(headers([SECRET], "m-2", NOW, body), body)
    assert (message.kind, message.change, message.answer) == (f"bulk_check.{state}", None, None)
    told = message.bulk_check
    assert told is not None
    assert (told.check_id, told.caisse, told.state, told.position) == (UUID(int=2), "751", state, 7)
    assert {name: getattr(told, name) for name in COUNTS} == COUNTS
    known = {"position", "id", "check_id", "caisse", "state", "occurred_at", "business_date"}
    assert set(json.loads(body)["data"]) == known | set(COUNTS)


def test_two_secrets_sign_and_either_is_enough() -> None:
    body = change_body(CHANGE)
    both = headers([OTHER, SECRET], "m-1", NOW, body)
    assert receiver(SECRET).read(both, body).id == receiver(OTHER).read(both, body).id == "m-1"
    with pytest.raises(NotOurs):
        receiver(secret_of(b"c" * 32)).read(both, body)


@given(place=st.integers(0, 10_000), seconds=st.integers(-300, 300))
def test_what_was_changed_on_its_way_is_not_ours(place: int, seconds: int) -> None:
    body = change_body(CHANGE)
    signed = headers([SECRET], "m-1", NOW, body)
    assert receiver(SECRET, seconds=seconds).read(signed, body)
    at = place % len(body)
    with pytest.raises(NotOurs):
        receiver(SECRET).read(signed, body[:at] + bytes([body[at] ^ 1]) + body[at + 1 :])
    for name, value in (("webhook-id", "m-2"), ("webhook-timestamp", str(int(signed["webhook-timestamp"]) + 1))):
        with pytest.raises(NotOurs):
            receiver(SECRET).read(signed | {name: value}, body)


@pytest.mark.parametrize("seconds", [-301, 301])
def test_an_old_message_sent_again_is_not_ours(seconds: int) -> None:
    body = change_body(CHANGE)
    with pytest.raises(NotOurs):
        receiver(SECRET, seconds=seconds).read(headers([SECRET], "m-1", NOW, body), body)


def test_only_who_holds_the_secret_can_answer_a_challenge() -> None:
    body = challenge_body("what-nobody-guesses", NOW)
    message = receiver(SECRET).read(headers([SECRET], "m-1", NOW, body), body)
    assert message.answer is not None
    assert message.change is None
    assert proves(SECRET, "what-nobody-guesses", json.loads(message.answer))
    for wrong in (
        json.loads(body),  # an echo
        {"answer": "what-nobody-guesses"},
        {"answer": answer_to(OTHER, "what-nobody-guesses")},
        {"answer": 7},
        "text",
        None,
    ):
        assert not proves(SECRET, "what-nobody-guesses", wrong)


def test_it_is_tried_for_three_days_with_growing_pauses() -> None:
    assert list(PAUSES) == sorted(PAUSES)
    whole = sum(PAUSES, dt.timedelta())
    assert dt.timedelta(days=2, hours=23) < whole <= dt.timedelta(days=3)
    assert pause_after(1) == PAUSES[0]
    assert pause_after(len(PAUSES)) == PAUSES[-1]
    assert pause_after(len(PAUSES) + 1) is None


def test_a_message_has_one_name() -> None:
    assert message_id(UUID(int=1), UUID(int=2)) == message_id(UUID(int=1), UUID(int=2))
    assert message_id(UUID(int=1), UUID(int=2)) != message_id(UUID(int=3), UUID(int=2))


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.8.9.1",
        "0.0.0.0",
        "10.0.0.8",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",  # where clouds keep their keys
        "100.64.0.1",
        "192.0.0.8",
        "198.18.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "::127.0.0.1",
        "fc00::1",
        "fe80::1",
        "fe80::1%eth0",
        "ff02::1",
        "::ffff:10.0.0.1",
        "64:ff9b::a00:1",
        "2002:a00:1::",
        "2001:db8::1",
        "not an address",
    ],
)
def test_what_is_inside_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946", "::ffff:93.184.216.34"])
def test_a_machine_of_the_internet_is(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://front.example/a", "url_not_https"),
        ("ftp://front.example/a", "url_not_https"),
        ("file:///etc/passwd", "url_not_https"),
        ("front.example", "url_not_https"),
        ("https://", "url_unreadable"),
        ("https://user:secret@front.example/", "url_unreadable"),
        ("https://@front.example/", "url_unreadable"),
        ("https://front.example/#part", "url_unreadable"),
        ("https://front.example:99999/", "url_unreadable"),
        ("https://[::1/", "url_unreadable"),
        ("https://front.example/a b", "url_unreadable"),
        ("https://front.example/\r\nHost: other", "url_unreadable"),
        ("https://fr\u00f6nt.example/", "url_unreadable"),
        ("https://front.example/" + "a" * 500, "url_unreadable"),
    ],
)
def test_an_address_of_another_form_is_refused(url: str, code: str) -> None:
    with pytest.raises(InvalidAddress) as refused:
        check_url(url, local=False)
    assert refused.value.code == code


def test_a_machine_of_ones_own_may_use_http() -> None:
    check_url("http://127.0.0.1:8080/changes", local=True)
    check_url("https://front.example:8443/changes?a=b", local=False)
    with pytest.raises(InvalidAddress):
        check_url("ftp://127.0.0.1/", local=True)


def test_a_secret_is_read_as_it_is_copied() -> None:
    assert webhooks.secret_of(b"a" * 32).startswith("whsec_")
    with pytest.raises(ValueError, match="no secret"):
        Receiver("whsec_%%%")
