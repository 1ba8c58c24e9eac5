"""Faulty producers: a trigger on the outbox of a real service spoils chosen events on their way out, and keeps the
originals.

So the poison has its place in the order of a real key on a real topic, and "after a fix" has an exact meaning: the
bytes that should have been sent.
"""

from __future__ import annotations

import os
from collections import defaultdict
from dataclasses import dataclass
from unittest import mock
from uuid import UUID

from shared.messaging.replay import main as replay_command
from tests.guarantees.harness import Trial
from tests.guarantees.invariants import CONSUMERS, PRODUCERS

# The last one is what no schema sees and a database refuses: a null character in a text, a number too large for its
# column.
KINDS = ("broken_json", "wrong_schema", "unknown_type", "refused_value")

SPOIL = """
CREATE TABLE spoilt (number int PRIMARY KEY, type text, kind text, event_id uuid, topic text, key text, body text);
CREATE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE chosen record;
BEGIN
    SELECT * INTO chosen FROM spoilt WHERE type = NEW.type AND event_id IS NULL
        AND NOT EXISTS (SELECT FROM spoilt AS other WHERE other.key = NEW.key)
        ORDER BY number LIMIT 1 FOR UPDATE SKIP LOCKED;
    IF FOUND THEN
        UPDATE spoilt SET event_id = NEW.event_id, topic = NEW.topic, key = NEW.key, body = NEW.body
            WHERE number = chosen.number;
        NEW.body := CASE chosen.kind
            WHEN 'broken_json' THEN left(NEW.body, -10)
            WHEN 'wrong_schema' THEN (NEW.body::jsonb - 'application_id')::text
            WHEN 'unknown_type' THEN jsonb_set(NEW.body::jsonb, '{type}', '"some.invention"')::text
            ELSE CASE NEW.topic
                WHEN 'ame.application.v1' THEN replace(NEW.body, '"reference":"', '"reference":"\\u0000')
                ELSE jsonb_set(NEW.body::jsonb, '{sequence}', '3000000000')::text END END;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER spoil BEFORE INSERT ON outbox FOR EACH ROW EXECUTE FUNCTION spoil();
"""
MEND = "DROP TRIGGER spoil ON outbox; DROP FUNCTION spoil(); DROP TABLE spoilt"


@dataclass(frozen=True)
class Spoilt:
    """One event that left its producer in a bad state."""

    kind: str
    topic: str
    key: str
    event_id: UUID
    body: str


def spoil(trial: Trial, types: dict[str, str]) -> None:
    """From now on the first events of ``types[service]`` leave ``service`` spoilt, one of each kind, each of another
    key."""
    for service, type_ in types.items():
        trial.rows(service, SPOIL, owner=True)
        for number, kind in enumerate(KINDS):
            trial.rows(service, "INSERT INTO spoilt VALUES (%s, %s, %s)", (number, type_, kind), owner=True)


def spoilt(trial: Trial) -> list[Spoilt]:
    """What has left in a bad state so far."""
    query = "SELECT kind, topic, key, event_id, body FROM spoilt WHERE event_id IS NOT NULL"
    return [Spoilt(*row) for service in PRODUCERS for row in trial.rows(service, query, owner=True)]


def repair(trial: Trial) -> None:
    """The producers are as before; what they did stays done."""
    for service in PRODUCERS:
        trial.rows(service, MEND, owner=True)


def parked(trial: Trial) -> dict[tuple[str, str], list[tuple[int, str, str, bytes]]]:
    """What waits: by consumer and key, the messages (id, state, reason, bytes) in their order."""
    waiting = defaultdict(list)
    for service in CONSUMERS:
        for consumer, key, *rest in trial.rows(
            service,
            "SELECT consumer, key, id, state, reason, body FROM parked WHERE state IN ('parked', 'behind', 'retry') "
            "ORDER BY consumer, key, position",
        ):
            waiting[consumer, key].append(tuple(rest))
    return dict(waiting)


def operate(trial: Trial, service: str, *command: str) -> int:
    """``python -m shared.messaging.replay`` on the databases under test."""
    with mock.patch.dict(os.environ, trial.platform.environment(service)):
        return replay_command([command[0], "--service", service, *command[1:]])
