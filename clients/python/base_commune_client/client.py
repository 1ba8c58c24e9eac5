"""The client that waits for each answer."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from types import TracebackType
from typing import Any, Self, TypeVar
from uuid import UUID

import httpx

from base_commune_client import calls
from base_commune_client.calls import Call, PageOf
from base_commune_client.errors import problem_of
from base_commune_client.models import ApplicationSummary, ImportProgress, PaperReceipt, Receipt, RowVerdict, Status
from base_commune_client.retries import PASSING, Patience, asked_pause

T = TypeVar("T")

Token = str | Callable[[], str]
"""A bearer token, or what gives one at each call: tokens of a provider live minutes."""


class Client:
    """A front end of one caisse. ``base_url`` is the interface of intake, ``https://ame.example/intake/v1``.

    What is refused for now, or breaks on the way, is tried again with the same idempotency key, as ``patience`` says:
    an application is filed once, however often it is sent. Every other refusal is a ``ProblemError``. ``transport``:
    another way to answers, such as ``httpx.MockTransport`` in the tests of a front end.
    """

    def __init__(
        self,
        base_url: str,
        token: Token,
        *,
        patience: Patience = Patience(),
        timeout: float = 30.0,
        transport: httpx.BaseTransport | None = None,
        pause: Callable[[float], None] = time.sleep,  # noqa: TID251 - a pause is what is meant
    ) -> None:
        self._http = httpx.Client(base_url=base_url, timeout=timeout, transport=transport)
        self._token = token
        self._patience = patience
        self._pause = pause

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the connections."""
        self._http.close()

    def file_application(self, document: Mapping[str, Any], *, key: str | None = None) -> Receipt:
        """File an application. ``key``: give one of your own where you may ask again after a crash."""
        return self._send(calls.file_application(document, key))

    def amend(self, application_id: UUID, patch: Mapping[str, Any], *, version: int, key: str | None = None) -> Receipt:
        """Amend facts by a JSON merge patch; ``version`` is the one read: ``stale_version`` says it changed."""
        return self._send(calls.amend(application_id, patch, version, key))

    def withdraw(self, application_id: UUID, reason: str, *, key: str | None = None) -> Receipt:
        """Withdraw an application, with the coded reason."""
        return self._send(calls.withdraw(application_id, reason, key))

    def upload_paper(
        self,
        application_id: UUID,
        paper: Mapping[str, Any],
        content: bytes,
        *,
        media_type: str = "application/pdf",
        key: str | None = None,
    ) -> PaperReceipt:
        """Add a paper with its bytes (PDF, JPEG, PNG); ``paper`` says its kind, its use and its date."""
        return self._send(calls.upload_paper(application_id, paper, content, media_type, key))

    def status(self, application_id: UUID, *, purpose: str = "front_desk") -> Status:
        """Where an application stands. The read is recorded with its purpose."""
        return self._send(calls.status(application_id, purpose))

    def applications(self, *, purpose: str = "front_desk", **filters: str) -> Iterator[ApplicationSummary]:
        """The applications of the caisse, newest first, page after page. ``filters``: status, reference."""
        return self._pages(lambda cursor: calls.applications(purpose, filters, cursor))

    def import_file(
        self, content: bytes, *, name: str = "demandes.csv", dry_run: bool = False, key: str | None = None
    ) -> UUID:
        """Send a CSV of applications; the id by which it is followed."""
        return self._send(calls.import_file(content, name, dry_run, key))

    def import_progress(self, import_id: UUID) -> ImportProgress:
        """How far an import has come."""
        return self._send(calls.import_progress(import_id))

    def import_rows(self, import_id: UUID, **filters: str) -> Iterator[RowVerdict]:
        """The verdicts on the lines of an import, in the order of the file. ``filters``: verdict."""
        return self._pages(lambda cursor: calls.import_rows(import_id, filters, cursor))

    def _pages(self, call: Callable[[str | None], Call[PageOf[T]]]) -> Iterator[T]:
        cursor: str | None = None
        while True:
            page = self._send(call(cursor))
            yield from page.items
            if page.next is None:
                return
            cursor = page.next

    def _send(self, call: Call[T]) -> T:
        attempt = 1
        while True:
            last, asked = attempt >= self._patience.tries, 0.0
            try:
                response = self._http.request(call.method, call.path, headers=self._headers(call), **call.options)
            except httpx.TransportError:
                if last:
                    raise
            else:
                if response.status_code not in PASSING:
                    return call.result(response)
                if last:
                    raise problem_of(response)
                asked = asked_pause(response)
            self._pause(self._patience.pause(attempt, asked))
            attempt += 1

    def _headers(self, call: Call[Any]) -> dict[str, str]:
        token = self._token if isinstance(self._token, str) else self._token()
        return {**call.headers, "Authorization": f"Bearer {token}"}
