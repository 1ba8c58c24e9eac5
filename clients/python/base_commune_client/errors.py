"""What a Base commune answers when it does not do what was asked (RFC 9457), as exceptions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx


@dataclass(frozen=True)
class FieldFault:
    """One field at fault: where it is (JSON pointer), the stable code of the rule, and the reason in French."""

    pointer: str
    code: str
    detail: str


class ProblemError(Exception):
    """A refusal. ``code`` is stable; ``detail`` and the faults are French. ``correlation_id`` finds it in the logs.

    ``extra`` holds what this kind of problem tells besides, such as ``application_id`` of ``reference_in_use``.
    """

    def __init__(
        self, status: int, code: str, title: str, detail: str, faults: tuple[FieldFault, ...], extra: dict[str, Any]
    ) -> None:
        super().__init__(f"{status} {code}: {detail or title}")
        self.status = status
        self.code = code
        self.title = title
        self.detail = detail
        self.faults = faults
        self.extra = extra
        self.correlation_id = str(extra.get("correlation_id", ""))


_STANDARD = {"type", "status", "code", "title", "detail", "errors", "instance"}


def problem_of(response: httpx.Response) -> ProblemError:
    """The problem that an answer tells; one without a problem document, as of a proxy, is ``http_<status>``."""
    try:
        body = response.json()
    except ValueError:
        body = None
    if not isinstance(body, dict):
        body = {}
    extra = {name: value for name, value in body.items() if name not in _STANDARD}
    extra.setdefault("correlation_id", response.headers.get("X-Correlation-Id", ""))
    faults = tuple(
        FieldFault(str(one.get("pointer", "")), str(one.get("code", "")), str(one.get("detail", "")))
        for one in body.get("errors") or ()
        if isinstance(one, dict)
    )
    code = str(body.get("code") or f"http_{response.status_code}")
    title = str(body.get("title") or response.reason_phrase)
    return ProblemError(response.status_code, code, title, str(body.get("detail") or ""), faults, extra)
