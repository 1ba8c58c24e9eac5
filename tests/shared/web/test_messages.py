"""What was just done is said once, and nothing else can be made to be said."""

from __future__ import annotations

import base64
import json

import pytest
from fastapi import FastAPI, Request
from hypothesis import given
from hypothesis import strategies as st

from shared.web.messages import COOKIE, Message, redirect, take


def request(cookie: str = "") -> Request:
    headers = [(b"cookie", f"{COOKIE}={cookie}".encode("latin-1"))] if cookie else []
    return Request(
        {
            "type": "http",
            "app": FastAPI(),
            "method": "GET",
            "path": "/ui",
            "headers": headers,
            "scheme": "http",
            "server": ("a", 1),
        }
    )


def packed(**fields: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(fields).encode()).decode()


def test_a_message_arrives_as_it_was_left() -> None:
    said = Message("Jugement gardé.", undo="/ui/links/1/undo", next="/ui/pairs/2", next_label="Paire suivante")
    header = redirect(request(), "/ui", said).headers["set-cookie"]
    value = header.split(";")[0].split("=", 1)[1].strip('"')
    assert take(request(value)) == said
    assert "HttpOnly" in header
    assert "SameSite=strict" in header


@pytest.mark.parametrize(
    "cookie",
    [
        "",
        "x",
        "é",
        packed(text="a", undo="//evil.example/ui"),
        packed(text="a", next="https://evil.example"),
        packed(text="a", kind="x"),
        packed(no=1),
    ],
)
def test_what_is_no_message_of_ours_is_not_shown(cookie: str) -> None:
    assert take(request(cookie)) is None


@given(st.text(alphabet=st.characters(min_codepoint=33, max_codepoint=126, exclude_characters=';,"\\'), max_size=300))
def test_any_cookie_is_read_without_an_error(cookie: str) -> None:
    take(request(cookie))
