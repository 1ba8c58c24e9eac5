"""A front end that goes on filing while things happen: each application under one key until somebody took it."""

from __future__ import annotations

import threading
import uuid
from types import TracebackType
from typing import Any, Self

from tests.compose.desk import complete
from tests.compose.play import BOBIGNY, PARIS, Morning
from tests.compose.stack import Failed, await_true

EVERY = 0.4
PATIENCE = 120.0


class Steady:
    """Files one complete application after the other at both caisses, for as long as the block lasts.

    What was accepted is entered in the ``morning``; ``again`` counts the answers that were no acceptance.
    """

    def __init__(self, morning: Morning) -> None:
        self._morning = morning
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._file, name="steady")
        self._failure: Exception | None = None
        self.accepted = 0
        self.again = 0

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end.set()
        self._thread.join(PATIENCE + 30)
        if self._failure is not None and kind is None:
            raise self._failure

    def _file(self) -> None:
        try:
            while not self._end.wait(EVERY):
                number = self._morning.next_number()
                body = complete(number, (PARIS, BOBIGNY)[number % 2], self._morning.today)
                key = str(uuid.uuid4())
                told = await_true("accepted", lambda body=body, key=key: self._try(body, key), PATIENCE)  # type: ignore[misc]
                self._morning.posted[body["reference"]] = told["application_id"]
                self._morning.expected[told["application_id"]] = "granted"
                self.accepted += 1
        except Exception as error:  # told by the block that waits for this thread
            self._failure = error

    def _try(self, body: dict[str, Any], key: str) -> dict[str, Any] | None:
        try:
            answer = self._morning.desk(body["caisse"]).ask(
                "POST", "/intake/applications", body, X_Purpose="instruction", Idempotency_Key=key
            )
        except OSError:
            self.again += 1
            return None
        if answer.status in (200, 201, 202):
            return dict(answer.json)
        if answer.status < 500 and answer.status not in (404, 429):
            raise Failed(f"POST /intake/applications: {answer.status} {answer.body[:600].decode()}")
        self.again += 1
        return None

    def __str__(self) -> str:
        return f"{self.accepted} demandes pendant ce temps, {self.again} réponses à redemander"
