"""The encoding that a form says it is in. Ours are UTF-8; another one is refused before anything is read.

A caller may name any codec of Python in ``Content-Type``. Some raise what no reader of forms expects (``undefined``,
``punycode``), others yield halves of surrogate pairs (``utf-7``), and ``idna`` takes a time that grows with the square.
"""

from __future__ import annotations

import re

from shared.http.problems import Problem

_CHARSET = re.compile(rb";\s*charset\s*=\s*\"?([^\s;\"]*)", re.IGNORECASE)
_TAKEN = frozenset({b"utf-8", b"utf8", b"us-ascii"})
_FORMS = (b"multipart/", b"application/x-www-form-urlencoded")


def unsupported_encoding(content_type: bytes) -> Problem | None:
    """The 415 problem of a form in another encoding than UTF-8; None for every other body."""
    kind = content_type.strip().lower()
    if not kind.startswith(_FORMS) or all(name.lower() in _TAKEN for name in _CHARSET.findall(kind)):
        return None
    return Problem(415, "media_type", "Encodage admis : UTF-8.", title="Encodage du formulaire non admis")
