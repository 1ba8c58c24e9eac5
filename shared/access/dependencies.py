"""Who may do what, and who read what: signed tokens, roles, the scope of a caisse, and an event for every read.

    python -m shared.access token --role technician --caisse 751 --id tech-751-1 [--hours 12]
    python -m shared.access keys --public FILE

Tokens are JWTs checked against a JWKS. The local and test profiles make their own key at first start; elsewhere the
public keys come from ``AME_JWKS_FILE`` and no private key is ever on the machine.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime as dt
import json
import os
import sys
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import sqlalchemy as sa
from fastapi import Depends, Header, Request
from joserfc import jwt
from joserfc.errors import ExpiredTokenError, JoseError
from joserfc.jwk import ECKey, KeySet

from shared import clock
from shared.contract.events import AccessRecorded, Actor
from shared.database.unit_of_work import Unit, emit
from shared.http.problems import Problem, not_found
from shared.ids import uuid7
from shared.observability import logs
from shared.settings import Settings

ALGORITHM = "ES256"
COOKIE = "ame_token"


class Role(StrEnum):
    FRONTEND = "frontend"
    AGENT = "agent"
    TECHNICIAN = "technician"
    SUPERVISOR = "supervisor"
    AUDITOR = "auditor"
    OPERATOR = "operator"


class Purpose(StrEnum):
    """Why a person's file is read. The list is closed, so that an auditor can count."""

    INSTRUCTION = "instruction"
    DUPLICATE_REVIEW = "duplicate_review"
    FRONT_DESK = "front_desk"
    SUPERVISION = "supervision"
    AUDIT = "audit"
    PERSON_REQUEST = "person_request"
    APPEAL = "appeal"
    OPERATION = "operation"


# Roles that may hold a token without a caisse, and then see all of them.
NATIONAL = frozenset({Role.AUDITOR, Role.OPERATOR, Role.SUPERVISOR})


@dataclass(frozen=True)
class Principal:
    """Who is asking: a pseudonymous id, roles, and the caisse of the token (None: all caisses, for national roles)."""

    id: str
    roles: frozenset[Role]
    caisse: str | None

    @property
    def actor(self) -> Actor:
        return Actor(role=min(self.roles).value, id=self.id)

    def sees(self, *caisses: str) -> bool:
        """Whether an object that belongs to these caisses is in scope."""
        return self.caisse is None or self.caisse in caisses

    def check_scope(self, *caisses: str) -> None:
        """Refuse, as if it did not exist, an object of another caisse."""
        if not self.sees(*caisses):
            raise not_found()

    def scope(self, *columns: sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
        """The one filter that keeps a query inside the caisse of the token: any of ``columns`` must be that caisse."""
        return sa.true() if self.caisse is None else sa.or_(*(column == self.caisse for column in columns))


class TokenChecker:
    """Checks tokens against the public keys, which it reads again when the file changes (rotation without restart)."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._file = settings.jwks_file or ensure_local_key(settings.state_dir)
        self._stamp = 0.0
        self._keys: KeySet | None = None

    def _key_set(self) -> KeySet:
        stamp = self._file.stat().st_mtime
        if self._keys is None or stamp != self._stamp:
            self._keys, self._stamp = KeySet.import_key_set(json.loads(self._file.read_text())), stamp
        return self._keys

    def principal(self, token: str) -> Principal:
        """Read a token. Raises a 401 problem naming what is wrong with it."""
        try:
            claims = jwt.decode(token, self._key_set(), algorithms=[ALGORITHM]).claims
            registry = jwt.JWTClaimsRegistry(
                iss={"essential": True, "value": self._settings.token_issuer},
                aud={"essential": True, "value": self._settings.token_audience},
                exp={"essential": True},
                sub={"essential": True},
            )
            registry.validate(claims)
        except ExpiredTokenError:
            raise _unauthorised("token_expired", "Le jeton a expiré ; demandez-en un nouveau.") from None
        except (JoseError, ValueError) as error:
            raise _unauthorised("token_invalid", "Le jeton n'est pas valable pour ce service.") from error
        try:
            roles = frozenset(Role(role) for role in claims.get("roles", []))
        except ValueError:
            raise _unauthorised("token_invalid", "Le jeton nomme un rôle inconnu.") from None
        caisse = claims.get("caisse")
        if not roles or (caisse is None and not roles <= NATIONAL):
            raise _unauthorised("token_invalid", "Le jeton ne nomme ni rôle ni caisse.")
        return Principal(str(claims["sub"]), roles, caisse)


def _unauthorised(code: str, detail: str) -> Problem:
    return Problem(401, code, detail, title="Identification requise", headers={"WWW-Authenticate": "Bearer"})


def ensure_local_key(state_dir: Path) -> Path:
    """Make the signing key of the local profile at first need; returns the file of public keys. Safe when raced."""
    folder = state_dir / "keys"
    private, public = folder / "signing.json", folder / "jwks.json"
    if not public.exists():
        folder.mkdir(parents=True, exist_ok=True)
        key = ECKey.generate_key("P-256", {"use": "sig", "alg": ALGORITHM}, auto_kid=True)
        temporary = folder / f".signing-{os.getpid()}"
        with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
            json.dump(key.as_dict(private=True), file)
        with contextlib.suppress(FileExistsError):
            os.link(temporary, private)  # only the first of several processes wins
        temporary.unlink()
        winner = ECKey.import_key(json.loads(private.read_text()))
        draft = folder / f".jwks-{os.getpid()}"
        draft.write_text(json.dumps({"keys": [winner.as_dict(private=False)]}))
        draft.replace(public)
    return public


def issue_token(settings: Settings, *, role: Role, caisse: str | None, subject: str, seconds: float = 43_200) -> str:
    """Sign a token with the local key. Only the local and test profiles have one."""
    if settings.profile not in ("local", "test"):
        raise PermissionError("tokens are issued by the identity provider outside the local profile")
    key = ECKey.import_key(json.loads((ensure_local_key(settings.state_dir).parent / "signing.json").read_text()))
    claims: dict[str, Any] = {
        "iss": settings.token_issuer,
        "aud": settings.token_audience,
        "sub": subject,
        "roles": [role.value],
        "iat": int(time.time()),
        "exp": int(time.time() + seconds),
    }
    if caisse is not None:
        claims["caisse"] = caisse
    return jwt.encode({"alg": ALGORITHM, "kid": key.kid}, claims, key)


async def current_principal(request: Request, authorization: Annotated[str | None, Header()] = None) -> Principal:
    """The principal of a request: a bearer token, or on pages the cookie that the sign-in page sets."""
    token = ""
    if authorization is not None:
        scheme, _, token = authorization.partition(" ")
        token = token if scheme.lower() == "bearer" else ""
    elif request.method == "GET" and "/ui" in request.url.path:
        token = request.cookies.get(COOKIE, "")
    if not token:
        raise _unauthorised("not_authenticated", "Présentez un jeton : en-tête Authorization: Bearer.")
    checker: TokenChecker = request.app.state.tokens
    return checker.principal(token)


def require(*roles: Role) -> Callable[[Principal], Awaitable[Principal]]:
    """A dependency that lets only these roles in."""

    async def check(principal: Annotated[Principal, Depends(current_principal)]) -> Principal:
        if not principal.roles & set(roles):
            raise Problem(403, "forbidden", f"Rôles admis : {', '.join(roles)}.")
        return principal

    return check


async def read_purpose(
    request: Request,
    x_purpose: Annotated[str | None, Header(description="Motif de consultation : " + ", ".join(Purpose))] = None,
) -> Purpose:
    """Every read of a person's file names its purpose, in the header ``X-Purpose`` (on pages: ``?purpose=``)."""
    given = x_purpose or (request.query_params.get("purpose") if "/ui" in request.url.path else None)
    if given is None:
        raise Problem(400, "purpose_missing", "Indiquez pourquoi vous consultez ce dossier : en-tête X-Purpose.")
    try:
        return Purpose(given)
    except ValueError:
        raise Problem(400, "purpose_unknown", f"Motifs admis : {', '.join(Purpose)}.", title="Motif inconnu") from None


def record_access(
    unit: Unit,
    principal: Principal,
    purpose: Purpose,
    resource: str,
    application_ids: Iterable[UUID],
    *,
    count: int | None = None,
) -> None:
    """Leave the event of a read in the same transaction as the read itself."""
    ids = list(application_ids)
    event = AccessRecorded(
        id=uuid7(),
        occurred_at=dt.datetime.now(dt.UTC),
        business_date=clock.today(),
        caisse=principal.caisse,
        actor=principal.actor,
        purpose=purpose.value,
        resource=resource,
        application_ids=ids[:500],
        count=len(ids) if count is None else count,
        correlation_id=logs.correlation.get(),
    )
    emit(unit, event)


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m shared.access", description="Keys and tokens of the local profile."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    keys = commands.add_parser("keys", help="make the signing key at first need and write its public half to a file")
    keys.add_argument("--public", required=True, type=Path)
    token = commands.add_parser("token", help="print a token")
    token.add_argument("--role", required=True, type=Role, choices=list(Role))
    token.add_argument("--caisse")
    token.add_argument("--id", dest="subject")
    token.add_argument("--hours", type=float, default=12.0)
    options = parser.parse_args(arguments)
    if options.command == "keys":
        publish_keys(Settings(), options.public)
        return 0
    if options.caisse is None and options.role not in NATIONAL:
        parser.error(f"--caisse is needed for the role {options.role}")
    subject = options.subject or f"{options.role}-{options.caisse or 'national'}"
    made = issue_token(
        Settings(), role=options.role, caisse=options.caisse, subject=subject, seconds=options.hours * 3600
    )
    print(made)
    return 0


def publish_keys(settings: Settings, public: Path) -> None:
    """Copy the public half of the local key to ``public``, whole at once: services read it while it is replaced."""
    draft = public.with_name(f".{public.name}-{os.getpid()}")
    draft.write_text(ensure_local_key(settings.state_dir).read_text())
    draft.replace(public)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
