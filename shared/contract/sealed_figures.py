"""The figures behind a ground of refusal, sealed for the one service that prints them.

The topic of decision keeps its events long after a file is erased, so that a ground stands there as a code and its
articles. Means, ceilings and dates of stay go beside it under the key of the file, which intake makes, tells on its own
short-lived topic, and which every service erases with the file: what is left on the topic then opens for nobody.
"""

from __future__ import annotations

import json
from typing import Final, TypeVar, cast

from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from shared.contract.events.decisions import Granted, Motive, Refused

PLAIN: Final = frozenset({"member_rank"})
"""What a ground says besides its code in the open: whom it concerns."""
_ALGORITHMS: Final = ["dir", "A256GCM"]
Notice = TypeVar("Notice", bound=Granted | Refused)


class SealBroken(ValueError):
    """The figures cannot be opened: no key, the key of another file, another decision, or changed bytes."""

    code = "figures_sealed"


def new_key() -> str:
    """A fresh key for one file: 256 random bits, as text."""
    return str(OctKey.generate_key(256).as_dict(private=True)["k"])


def sealed(notice: Notice, key: str) -> Notice:
    """The notice as its topic may keep it: grounds in codes, their figures under ``key``.

    ``key`` empty: the file was registered before files had one; its figures stay readable, or its letter would give no
    facts.
    """
    grounds = _grounds(notice)
    figures = [{name: value for name, value in one.facts.items() if name not in PLAIN} for one in grounds]
    if not key or not any(figures):
        return notice
    content = json.dumps({"decision": str(notice.decision_id), "figures": figures}).encode()
    text = jwe.encrypt_compact({"alg": "dir", "enc": "A256GCM"}, content, _key(key), algorithms=_ALGORITHMS)
    bare = [_with(one, {name: value for name, value in one.facts.items() if name in PLAIN}) for one in grounds]
    return cast(Notice, notice.model_copy(update={_field(notice): bare, "sealed_figures": text}))


def opened(notice: Notice, key: str) -> Notice:
    """The notice with the figures of its grounds. Raises SealBroken."""
    if not notice.sealed_figures:
        return notice
    if not key:
        raise SealBroken("no key")
    try:
        found = jwe.decrypt_compact(notice.sealed_figures, _key(key), algorithms=_ALGORITHMS)
        content = json.loads(found.plaintext or b"")
    except (JoseError, ValueError) as error:
        raise SealBroken(type(error).__name__) from None
    if content["decision"] != str(notice.decision_id):
        raise SealBroken("another decision")
    grounds = [_with(one, one.facts | own) for one, own in zip(_grounds(notice), content["figures"], strict=True)]
    return cast(Notice, notice.model_copy(update={_field(notice): grounds, "sealed_figures": ""}))


def _key(text: str) -> OctKey:
    return OctKey.import_key({"kty": "oct", "k": text})


def _field(notice: Granted | Refused) -> str:
    return "motives" if isinstance(notice, Refused) else "refused_members"


def _grounds(notice: Granted | Refused) -> list[Motive]:
    return notice.motives if isinstance(notice, Refused) else notice.refused_members


def _with(ground: Motive, facts: dict[str, str]) -> Motive:
    return ground.model_copy(update={"facts": facts})
