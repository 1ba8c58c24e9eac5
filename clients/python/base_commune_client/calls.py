"""The calls of the interface as data: what is sent, and how the answer is read. Both clients send these."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar
from uuid import UUID, uuid4

import httpx

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

T = TypeVar("T")

MERGE_PATCH = "application/merge-patch+json"
PURPOSE = "X-Purpose"


@dataclass(frozen=True)
class Call(Generic[T]):
    """One request. ``repeatable``: sent twice it does the same as once, so a broken line may be tried again."""

    method: str
    path: str
    read: Callable[[httpx.Response], T]
    headers: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    repeatable: bool = True

    def result(self, response: httpx.Response) -> T:
        """What a good answer says. Raises ``ProblemError`` for any other."""
        if not response.is_success:
            raise problem_of(response)
        return self.read(response)


@dataclass(frozen=True)
class PageOf(Generic[T]):
    """One page of a list, and the cursor of the next one."""

    items: list[T]
    next: str | None


def _key(key: str | None) -> dict[str, str]:
    # One key for all tries of this call: the service answers the same application, however often it is asked.
    return {"Idempotency-Key": key or str(uuid4())}


def _receipt(response: httpx.Response) -> Receipt:
    return Receipt.read(response.json())


def file_application(document: Mapping[str, Any], key: str | None) -> Call[Receipt]:
    """File an application. ``key``: chosen by the caller where the call may be made again after a crash."""
    return Call("POST", "/applications", _receipt, _key(key), {"json": dict(document)})


def amend(application_id: UUID, patch: Mapping[str, Any], version: int, key: str | None) -> Call[Receipt]:
    """Amend facts by a JSON merge patch; ``version`` is the one that was read."""
    headers = {**_key(key), "If-Match": f'"{version}"', "Content-Type": MERGE_PATCH}
    body = json.dumps(dict(patch), ensure_ascii=False).encode()
    return Call("PATCH", f"/applications/{application_id}", _receipt, headers, {"content": body})


def withdraw(application_id: UUID, reason: str, key: str | None) -> Call[Receipt]:
    """Withdraw an application, with the coded reason."""
    path = f"/applications/{application_id}/withdrawal"
    return Call("POST", path, _receipt, _key(key), {"json": {"reason": reason}})


def _papers(response: httpx.Response) -> list[PaperReceipt]:
    return [PaperReceipt.read(one) for one in response.json()["papers"]]


def upload_paper(
    application_id: UUID, paper: Mapping[str, Any], content: bytes, media_type: str, key: str | None
) -> Call[PaperReceipt]:
    """Add one paper with its bytes; what it is for stands in ``paper`` (kind, use, dated, ...)."""
    form = {"data": {"paper": json.dumps(dict(paper))}, "files": {"file": ("paper", content, media_type)}}
    path = f"/applications/{application_id}/papers"
    return Call("POST", path, lambda response: _papers(response)[0], _key(key), form)


def status(application_id: UUID, purpose: str) -> Call[Status]:
    """Where an application stands; ``purpose`` is why it is read, and is recorded."""
    path = f"/applications/{application_id}/status"
    return Call("GET", path, lambda response: Status.read(response.json()), {PURPOSE: purpose})


def applications(purpose: str, filters: Mapping[str, str], cursor: str | None) -> Call[PageOf[ApplicationSummary]]:
    """One page of the applications of the caisse, newest first."""

    def read(response: httpx.Response) -> PageOf[ApplicationSummary]:
        body = response.json()
        return PageOf([ApplicationSummary.read(one) for one in body["items"]], body["next"])

    options = {"params": {**filters, **({"cursor": cursor} if cursor else {})}}
    return Call("GET", "/applications", read, {PURPOSE: purpose}, options)


def _progress(response: httpx.Response) -> ImportProgress:
    return ImportProgress.read(response.json())


def import_file(content: bytes, name: str, dry_run: bool, key: str | None) -> Call[UUID]:
    """Send a CSV of applications and learn its id. ``dry_run``: it is read and judged, and nothing is recorded."""
    options = {"params": {"dry_run": str(dry_run).lower()}, "files": {"file": (name, content, "text/csv")}}
    return Call("POST", "/imports", lambda response: UUID(response.json()["import_id"]), _key(key), options)


def import_progress(import_id: UUID) -> Call[ImportProgress]:
    """How far an import has come."""
    return Call("GET", f"/imports/{import_id}", _progress)


def import_rows(import_id: UUID, filters: Mapping[str, str], cursor: str | None) -> Call[PageOf[RowVerdict]]:
    """One page of the verdicts on the lines of an import."""

    def read(response: httpx.Response) -> PageOf[RowVerdict]:
        body = response.json()
        return PageOf([RowVerdict.read(one) for one in body["items"]], body["next"])

    options = {"params": {**filters, **({"cursor": cursor} if cursor else {})}}
    return Call("GET", f"/imports/{import_id}/rows", read, {}, options)


def changes(purpose: str, after: int | None, cursor: str | None) -> Call[PageOf[Change]]:
    """One page of what changed after a position; ``cursor`` is the position that the page before ended at."""

    def read(response: httpx.Response) -> PageOf[Change]:
        body = response.json()
        return PageOf([Change.read(one) for one in body["items"]], str(body["next"]) if body["more"] else None)

    start = cursor if cursor is not None else after
    options = {"params": {"limit": 500, **({} if start is None else {"after": start})}}
    return Call("GET", "/changes", read, {PURPOSE: purpose}, options)


def make_webhook(url: str) -> Call[MadeWebhook]:
    """Name an address. Asked twice it is refused as known, so a broken line is not tried again."""
    read = lambda response: MadeWebhook.read(response.json())  # noqa: E731
    return Call("POST", "/webhooks", read, options={"json": {"url": url}}, repeatable=False)


def prove_webhook(webhook_id: UUID) -> Call[Webhook]:
    """Let the address be sent a challenge."""
    return Call("POST", f"/webhooks/{webhook_id}/proof", lambda response: Webhook.read(response.json()))


def webhooks() -> Call[list[Webhook]]:
    """The webhooks of the caisse."""
    return Call("GET", "/webhooks", lambda response: [Webhook.read(one) for one in response.json()])


def new_secret(webhook_id: UUID) -> Call[str]:
    """A new secret; sent twice it would make two."""
    path = f"/webhooks/{webhook_id}/secret"
    return Call("POST", path, lambda response: str(response.json()["secret"]), repeatable=False)


def replay(webhook_id: UUID, after: int | None) -> Call[int]:
    """Have messages sent again."""
    options = {"json": {} if after is None else {"after": after}}
    path = f"/webhooks/{webhook_id}/replays"
    return Call("POST", path, lambda response: int(response.json()["messages"]), options=options)


def delete_webhook(webhook_id: UUID) -> Call[None]:
    """Forget a webhook."""
    return Call("DELETE", f"/webhooks/{webhook_id}", lambda _: None)
