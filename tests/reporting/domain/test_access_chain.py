"""The chain of reads: what a check says of an entry that was changed, left out, moved or never signed."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from joserfc.jwk import ECKey, KeySet

from services.reporting.domain.access_chain import (
    Break,
    ChainCheck,
    Position,
    Verdict,
    beginning,
    chained,
    source_of,
)
from services.reporting.domain.audit_head import Head, InvalidHead, fingerprint, read_heads
from services.reporting.domain.wording import verdict_in_words

DAY = dt.date(2026, 11, 27)
NOON = dt.datetime(2026, 11, 27, 12, tzinfo=dt.UTC)
Entry = tuple[int, dt.date, bytes, dict[str, Any]]


def read(number: int) -> dict[str, Any]:
    """One read of the log, as its columns."""
    return {
        "event_id": f"read-{number}",
        "occurred_at": NOON + dt.timedelta(minutes=number),
        "application_ids": ["a"],
        "business_date": DAY,
        "caisse": "751",
        "actor_role": "agent",
        "actor_id": "agent-751-01",
        "purpose": "instruction",
        "resource": "decision.case",
        "count": 1,
        "correlation_id": "0" * 32,
    }


def chain(length: int) -> tuple[list[Entry], Position]:
    """So many reads, each chained to the one before, and where the chain ends."""
    at, entries = beginning("decision"), []
    for number in range(1, length + 1):
        at = chained(at, "decision", DAY, read(number))
        entries.append((number, DAY, at.hash, read(number)))
    return entries, at


def checked(entries: list[Entry], head: Position | None, marks: dict[int, bytes] | None = None) -> Break | None:
    """The first entry at fault, if any."""
    check = ChainCheck("decision", marks or {}, ())
    for entry in entries:
        if (broken := check.next(*entry)) is not None:
            return broken
    return check.end(head)


def test_a_chain_that_nobody_touched_is_whole() -> None:
    entries, head = chain(3)
    assert checked(entries, head, {2: entries[1][2]}) is None


def test_an_entry_that_was_changed_is_named() -> None:
    entries, head = chain(3)
    entries[1] = (2, DAY, entries[1][2], read(2) | {"purpose": "audit"})
    assert checked(entries, head) == Break("decision", 2, "changed", "read-2")


def test_an_entry_dated_before_the_one_it_follows_was_changed() -> None:
    first = chained(beginning("decision"), "decision", DAY, read(1))
    second = chained(first, "decision", DAY - dt.timedelta(days=1), read(2))
    entries = [(1, DAY, first.hash, read(1)), (2, DAY - dt.timedelta(days=1), second.hash, read(2))]
    assert checked(entries, second) == Break("decision", 2, "changed", "read-2")


@pytest.mark.parametrize(("left_out", "number"), [(0, 1), (1, 2), (2, 3)])
def test_an_entry_that_was_left_out_is_missing(left_out: int, number: int) -> None:
    entries, head = chain(3)
    del entries[left_out]
    assert checked(entries, head) == Break("decision", number, "missing")


def test_an_entry_twice_is_out_of_place() -> None:
    entries, head = chain(2)
    assert checked([entries[0], *entries], head) == Break("decision", 2, "out_of_place", "read-1")


def test_a_chain_made_anew_is_not_the_signed_one() -> None:
    entries, head = chain(2)
    assert checked(entries, head, {1: b"another"}) == Break("decision", 1, "not_the_signed_one", "read-1")


def test_entries_behind_the_head_of_the_database_were_not_written_by_it() -> None:
    entries, _ = chain(2)
    assert checked(entries, None) == Break("decision", 2, "not_the_head")
    assert checked([], Position(1, b"one")) == Break("decision", 1, "missing")


def test_a_source_is_the_service_of_the_resource_or_unknown() -> None:
    assert [source_of("intake.paper"), source_of("../etc")] == ["intake", "unknown"]


def heads(key: ECKey, length: int) -> list[str]:
    """So many signed heads, each naming the one before."""
    signed: list[str] = []
    for number in range(1, length + 1):
        before = fingerprint(signed[-1]) if signed else ""
        head = Head(number, DAY, False, NOON, before, {"decision": Position(number, b"\x01")})
        signed.append(head.signed(key))
    return signed


@pytest.fixture(scope="module")
def key() -> ECKey:
    return ECKey.generate_key("P-256", {"use": "sig", "alg": "ES256"}, auto_kid=True)


def test_heads_are_read_back_as_they_were_signed(key: ECKey) -> None:
    found = read_heads(heads(key, 2), KeySet([key]))
    assert [one.number for one in found] == [1, 2]
    assert found[1].positions == {"decision": Position(2, b"\x01")}


def test_a_head_that_is_left_out_repeated_or_of_another_key_is_named(key: ECKey) -> None:
    first, second, third = heads(key, 3)
    other = ECKey.generate_key("P-256", {"use": "sig", "alg": "ES256"}, auto_kid=True)
    faults = {
        "missing": [first, third],
        "repeated": [first, first],
        "not signed by one of our keys": [first, heads(other, 2)[1]],
    }
    for reason, signed in faults.items():
        with pytest.raises(InvalidHead) as raised:
            read_heads(signed, KeySet([key]))
        assert (raised.value.number, raised.value.reason) == (2, reason)
    forged = Head(2, DAY, False, NOON, "of another", {}).signed(key)
    with pytest.raises(InvalidHead, match="does not follow"):
        read_heads([first, forged, second], KeySet([key]))


def test_a_verdict_is_a_french_sentence() -> None:
    whole = Verdict(12, 1, 2, NOON)
    assert whole.whole
    assert (
        "Entrées vérifiées : 12 ; têtes signées : 1 (dernière le 27/11/2026) ; entrées à signer : 2."
        in verdict_in_words(whole)
    )
    broken = Verdict(1, 0, 0, None, Break("decision", 2, "changed", "read-2"))
    assert not broken.whole
    assert verdict_in_words(broken).endswith("decision n° 2 (read-2) : son contenu n'est pas celui qui a été enchaîné.")
    assert "Première tête signée en cause : n° 3" in verdict_in_words(
        Verdict(1, 0, 0, None, Break("heads", 3, "missing"))
    )
