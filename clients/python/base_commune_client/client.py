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
from base_commune_client.models import (
    ApplicationSummary,
    Change,
    ImportProgress,
    MadeWebhook,
    PaperReceipt,
    Receipt,
    RowVerdict,
    Status,
    Webhook,
)
from base_commune_client.retries import NOTHING_DONE, PASSING, Patience, asked_pause

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

    def changes(self, *, after: int | None = None, purpose: str = "front_desk") -> Iterator[Change]:
        """What changed after a position, in order, up to now; without one from the oldest that is kept.

        Keep the ``position`` of the last one you dealt with: it is where you go on.
        """
        return self._pages(lambda cursor: calls.changes(purpose, after, cursor))

    def make_webhook(self, url: str) -> MadeWebhook:
        """Name an address of yours that is to hear of changes; keep its ``secret``, it is told this once."""
        return self._send(calls.make_webhook(url))

    def prove_webhook(self, webhook_id: UUID) -> Webhook:
        """Have a challenge sent to the address, which answers it (``Message.answer``). Then changes are sent."""
        return self._send(calls.prove_webhook(webhook_id))

    def webhooks(self) -> list[Webhook]:
        """Your webhooks, with what waits for them and what is parked."""
        return self._send(calls.webhooks())

    def new_secret(self, webhook_id: UUID) -> str:
        """A new secret for a webhook. For two days the one before signs too: change over in between."""
        return self._send(calls.new_secret(webhook_id))

    def replay(self, webhook_id: UUID, *, after: int | None = None) -> int:
        """Have sent again what is parked, or all that follows a position; returns how many messages."""
        return self._send(calls.replay(webhook_id, after))

    def delete_webhook(self, webhook_id: UUID) -> None:
        """Forget a webhook and what waits for it."""
        self._send(calls.delete_webhook(webhook_id))

    def _pages(self, call: Callable[[str | None], Call[PageOf[T]]]) -> Iterator[T]:
        cursor: str | None = None
        while True:
            page = self._send(call(cursor))
            yield from page.items
            if page.next is None:
                return
            cursor = page.next

    def _send(self, call: Call[T]) -> T:
        attempt, passing = 1, PASSING if call.repeatable else NOTHING_DONE
        while True:
            last, asked = attempt >= self._patience.tries, 0.0
            try:
                response = self._http.request(call.method, call.path, headers=self._headers(call), **call.options)
            except httpx.TransportError:
                if last or not call.repeatable:
                    raise
            else:
                if response.status_code not in passing:
                    return call.result(response)
                if last:
                    raise problem_of(response)
                asked = asked_pause(response)
            self._pause(self._patience.pause(attempt, asked))
            attempt += 1

    def _headers(self, call: Call[Any]) -> dict[str, str]:
        token = self._token if isinstance(self._token, str) else self._token()
        return {**call.headers, "Authorization": f"Bearer {token}"}
