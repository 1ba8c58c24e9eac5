"""The key that signs the heads of the access log: one that signs, and the public halves of all that ever did.

Files are read again at each use, so that a rotation needs no restart. The local and test profiles make their own.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

from joserfc.jwk import ECKey, KeySet

from services.reporting.domain.audit_head import ALGORITHM
from shared.settings import Settings


class NoAuditKey(RuntimeError):
    """There is no key to sign with, or none to check with; the message names the setting."""


def private_file(settings: Settings) -> Path:
    """Where the signing key is."""
    return settings.audit_key_file or settings.state_dir / "keys" / "audit" / "signing.json"


def public_file(settings: Settings) -> Path:
    """Where the public keys are."""
    return settings.audit_jwks_file or settings.state_dir / "keys" / "audit" / "jwks.json"


def signing_key(settings: Settings) -> ECKey:
    """The key that signs today. Raises ``NoAuditKey``; the local profile makes one at first need."""
    file = private_file(settings)
    if not file.exists() and settings.is_local:
        rotate(settings)
    try:
        return ECKey.import_key(json.loads(file.read_text()))
    except (OSError, ValueError) as error:
        raise NoAuditKey(f"AME_AUDIT_KEY_FILE: {file}: {type(error).__name__}") from None


def public_keys(settings: Settings) -> KeySet:
    """All keys that ever signed. Raises ``NoAuditKey``."""
    file = public_file(settings)
    try:
        return KeySet.import_key_set(json.loads(file.read_text()))
    except (OSError, ValueError) as error:
        raise NoAuditKey(f"AME_AUDIT_JWKS_FILE: {file}: {type(error).__name__}") from None


def rotate(settings: Settings) -> str:
    """Make a new signing key; what earlier ones signed can still be checked. Returns the id of the new key.

    The public half is in place before the private one signs: whoever checks meanwhile knows it already.
    """
    key = ECKey.generate_key("P-256", {"use": "sig", "alg": ALGORITHM}, auto_kid=True)
    public, private = public_file(settings), private_file(settings)
    known = json.loads(public.read_text())["keys"] if public.exists() else []
    _replace(public, {"keys": [*known, key.as_dict(private=False)]}, 0o644)
    _replace(private, key.as_dict(private=True), 0o600)
    return str(key.kid)


def _replace(file: Path, content: object, mode: int) -> None:
    """Write a file whole at once."""
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(f".{file.name}-{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "w") as opened:
        json.dump(content, opened)
    draft.replace(file)
