"""People at their desks, over the proxy, with the standard library only."""

from __future__ import annotations

import datetime as dt
import json
import urllib.error
import urllib.request
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from tests.compose.stack import Failed
from tests.load import applications


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


_opener = urllib.request.build_opener(_NoRedirect)


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Desk:
    """One person's token at one address."""

    url: str
    token: str

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """One request; any status is an answer. ``headers``: ``X_Purpose="audit"``. A POST brings its own key."""
        given = {"Authorization": f"Bearer {self.token}", "Accept": "application/json"} if self.token else {}
        given |= {name.replace("_", "-"): value for name, value in headers.items()}
        data = None
        if body is not None:
            data = body if isinstance(body, bytes) else json.dumps(body).encode()
            given.setdefault("Content-Type", "application/json")
            given.setdefault("Idempotency-Key", str(uuid.uuid4()))
        request = urllib.request.Request(self.url + path, data, given, method=method)
        try:
            with _opener.open(request, timeout=30) as answer:
                return Answer(answer.status, dict(answer.headers), answer.read())
        except urllib.error.HTTPError as error:
            return Answer(error.code, dict(error.headers), error.read())

    def get(self, path: str, purpose: str = "instruction", **parameters: str) -> Any:
        answer = self.ask("GET", f"{path}?{urlencode(parameters)}" if parameters else path, X_Purpose=purpose)
        if answer.status != 200:
            raise Failed(f"GET {path}: {answer.status} {answer.body[:600].decode()}")
        return answer.json

    def post(self, path: str, body: Any, purpose: str = "instruction") -> Any:
        answer = self.ask("POST", path, body, X_Purpose=purpose)
        if answer.status not in (200, 201, 202):
            raise Failed(f"POST {path}: {answer.status} {answer.body[:600].decode()}")
        return answer.json

    def all(self, path: str, **parameters: str) -> list[dict[str, Any]]:
        """Every item of a list, page after page."""
        items: list[dict[str, Any]] = []
        cursor: str | None = ""
        while cursor is not None:
            page = self.get(path, limit="500", **parameters, **({"cursor": cursor} if cursor else {}))
            items += page["items"]
            cursor = page["next"]
        return items


def of_today(body: dict[str, Any], today: dt.date) -> dict[str, Any]:
    """An application of ``tests.load`` deposited today, with papers of this year."""
    day = today.isoformat()
    dated = {"means": day, "residence": (today - dt.timedelta(days=150)).isoformat(), "identity": "2022-03-01"}
    papers = [{**paper, "dated": dated[paper["use"]]} for paper in body["papers"]]
    return {**body, "deposit": {**body["deposit"], "deposited_on": day, "received_on": day}, "papers": papers}


def complete(number: int, caisse: str, today: dt.date) -> dict[str, Any]:
    return of_today(applications.application(number, seed=2026, caisse=caisse), today)


def incomplete(number: int, caisse: str, today: dt.date) -> dict[str, Any]:
    body = applications.application(number, seed=2026, caisse=caisse, scenario=applications.NO_RESIDENCE_PAPER)
    return of_today(body, today)
