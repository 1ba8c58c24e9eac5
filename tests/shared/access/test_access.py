"""Tokens, roles, scope and purpose: who gets in, and what a stranger is told."""

from __future__ import annotations

import datetime as dt
import json
import os
import time
from pathlib import Path
from typing import Annotated, Any

import httpx
import pytest
import sqlalchemy as sa
from fastapi import Depends, FastAPI
from joserfc import jwt
from joserfc.jwk import ECKey

from shared.access.dependencies import read_purpose, require
from shared.access.principal import Principal, Role
from shared.access.purposes import Purpose
from shared.access.tokens import TokenChecker, ensure_local_key, issue_token
from shared.contract.reference_data import Revocation
from shared.contract.sandbox import SANDBOX
from shared.http import problem_responses
from shared.http.middleware import RequestTelemetry
from shared.http.problems import Problem
from shared.messaging.reference_table import ReferenceTable
from shared.settings import Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(profile="test", service="intake", state_dir=tmp_path)


@pytest.fixture
def app(settings: Settings) -> FastAPI:
    app = FastAPI()
    problem_responses.install(app)
    app.add_middleware(RequestTelemetry)
    app.state.tokens = TokenChecker(settings)

    @app.get("/files/{caisse}")
    async def read(
        caisse: str,
        principal: Annotated[Principal, Depends(require(Role.TECHNICIAN, Role.AUDITOR))],
        purpose: Annotated[Purpose, Depends(read_purpose)],
    ) -> dict[str, str]:
        principal.check_scope(caisse)
        return {"reader": principal.id, "purpose": purpose}

    @app.get("/broken")
    async def broken() -> None:
        raise RuntimeError("MOHAMED TRAORE")  # a name must not reach the answer

    return app


async def get(app: FastAPI, path: str, token: str | None = None, **headers: str) -> httpx.Response:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        authorization = {"Authorization": f"Bearer {token}"} if token else {}
        return await client.get(path, headers={**authorization, **headers})


def token(settings: Settings, role: Role = Role.TECHNICIAN, caisse: str | None = "751", seconds: float = 60) -> str:
    return issue_token(settings, role=role, caisse=caisse, subject="tech-1", seconds=seconds)


def forged(settings: Settings, **claims: Any) -> str:
    """A token with other claims, signed with the right key."""
    key = ECKey.import_key(json.loads((ensure_local_key(settings.state_dir).parent / "signing.json").read_text()))
    base = {
        "iss": "base-commune",
        "aud": "ame",
        "sub": "x",
        "roles": ["technician"],
        "caisse": "751",
        "exp": time.time() + 60,
    }
    return jwt.encode({"alg": "ES256"}, {**base, **claims}, key)


async def test_a_reader_with_role_scope_and_purpose_gets_in(app: FastAPI, settings: Settings) -> None:
    response = await get(app, "/files/751", token(settings), **{"X-Purpose": "instruction"})
    assert response.json() == {"reader": "tech-1", "purpose": "instruction"}


@pytest.mark.parametrize(
    ("make", "path", "purpose", "status", "code"),
    [
        (lambda s: None, "/files/751", "instruction", 401, "not_authenticated"),
        (lambda s: "not.a.token", "/files/751", "instruction", 401, "token_invalid"),
        (lambda s: token(s, seconds=-5), "/files/751", "instruction", 401, "token_expired"),
        (lambda s: forged(s, aud="another"), "/files/751", "instruction", 401, "token_invalid"),
        (lambda s: forged(s, iss="another"), "/files/751", "instruction", 401, "token_invalid"),
        (lambda s: forged(s, roles=["king"]), "/files/751", "instruction", 401, "token_invalid"),
        (lambda s: forged(s, caisse=None), "/files/751", "instruction", 401, "token_invalid"),
        (lambda s: token(s, role=Role.FRONTEND), "/files/751", "instruction", 403, "forbidden"),
        (lambda s: token(s, caisse="931"), "/files/751", "instruction", 404, "not_found"),
        (lambda s: token(s), "/files/751", None, 400, "purpose_missing"),
        (lambda s: token(s), "/files/751", "curiosity", 400, "purpose_unknown"),
        (lambda s: token(s), "/files/751", "audit", 403, "purpose_not_allowed"),
        (lambda s: token(s, Role.AUDITOR, None), "/files/751", "instruction", 403, "purpose_not_allowed"),
        (lambda s: token(s), "/nowhere", "instruction", 404, "not_found"),
    ],
)
async def test_everyone_else_is_told_why_not(
    app: FastAPI, settings: Settings, make: Any, path: str, purpose: str | None, status: int, code: str
) -> None:
    response = await get(app, path, make(settings), **({"X-Purpose": purpose} if purpose else {}))
    assert (response.status_code, response.json()["code"]) == (status, code)
    assert response.headers["content-type"] == "application/problem+json"


async def test_a_token_of_another_key_is_refused(app: FastAPI, settings: Settings, tmp_path: Path) -> None:
    stranger = Settings(profile="test", service="intake", state_dir=tmp_path / "elsewhere")
    response = await get(app, "/files/751", token(stranger), **{"X-Purpose": "instruction"})
    assert response.json()["code"] == "token_invalid"


async def test_keys_can_be_rotated_without_a_restart(app: FastAPI, settings: Settings, tmp_path: Path) -> None:
    old = token(settings)
    assert (await get(app, "/files/751", old, **{"X-Purpose": "appeal"})).status_code == 200
    new = Settings(profile="test", service="intake", state_dir=tmp_path / "new")
    replacement, current = ensure_local_key(new.state_dir), ensure_local_key(settings.state_dir)
    current.write_text(replacement.read_text())
    os.utime(current, (time.time() + 5, time.time() + 5))
    assert (await get(app, "/files/751", old, **{"X-Purpose": "appeal"})).status_code == 401
    assert (await get(app, "/files/751", token(new), **{"X-Purpose": "appeal"})).status_code == 200


def outside(tmp_path: Path, **more: Any) -> Settings:
    """Settings of the production profile, with the keys of a local one to sign tokens for it."""
    keys = ensure_local_key(tmp_path)
    return Settings(profile="production", service="intake", state_dir=tmp_path, jwks_file=keys, **more)


@pytest.mark.parametrize(
    ("lived", "issued", "code"),
    [
        (3500, 0, None),
        (3700, 0, "token_too_long"),
        (43_200, 0, "token_too_long"),
        (1800, -1700, None),
        (60, -3700, "token_too_long"),
        (60, None, "token_too_long"),
    ],
)
def test_outside_the_local_profile_a_token_is_short_lived(
    settings: Settings, tmp_path: Path, lived: float, issued: float | None, code: str | None
) -> None:
    now = int(time.time())
    claims = {"exp": now + lived} | ({} if issued is None else {"iat": now + issued})
    token = forged(settings, **claims)
    assert TokenChecker(settings).principal(token).id == "x", "on one person's machine it may live longer"
    checker = TokenChecker(outside(tmp_path))
    if code is None:
        assert checker.principal(token).id == "x"
        return
    with pytest.raises(Problem) as refused:
        checker.principal(token)
    assert (refused.value.status, refused.value.code) == (401, code)


def test_a_revoked_token_is_refused_before_it_expires(settings: Settings) -> None:
    """By its id; or with all that the person was issued until a moment, while a later one counts again."""
    now = int(time.time())
    moment = dt.datetime.fromtimestamp(now - 100, dt.UTC)
    common = {"revoked_at": moment, "forgotten_at": moment + dt.timedelta(hours=1)}
    reference = ReferenceTable.of(settings, [Revocation(token="a", **common), Revocation(subject="gone", **common)])
    checker = TokenChecker(settings, reference.revoked)
    for claims, counts in (
        ({"jti": "a"}, False),
        ({"jti": "b"}, True),
        ({}, True),
        ({"sub": "gone", "iat": now - 105}, False),
        ({"sub": "gone"}, False),
        ({"sub": "gone", "iat": now}, True),
    ):
        token = forged(settings, **claims)
        if counts:
            checker.principal(token)
            continue
        with pytest.raises(Problem) as refused:
            checker.principal(token)
        assert (refused.value.status, refused.value.code) == (401, "token_revoked")
    assert reference.over_revocations(moment) == []
    assert len(reference.over_revocations(moment + dt.timedelta(hours=2))) == 2


async def test_a_national_auditor_sees_every_caisse(app: FastAPI, settings: Settings) -> None:
    for caisse in ("751", "931"):
        response = await get(app, f"/files/{caisse}", token(settings, Role.AUDITOR, None), **{"X-Purpose": "audit"})
        assert response.status_code == 200


async def test_an_unforeseen_error_is_a_problem_that_tells_no_names(app: FastAPI) -> None:
    response = await get(app, "/broken", traceparent=f"00-{'c' * 32}-{'d' * 16}-01")
    assert (response.status_code, response.json()["code"]) == (500, "internal_error")
    assert "TRAORE" not in response.text
    assert response.json()["correlation_id"] == "c" * 32


def test_the_one_filter_keeps_a_query_inside_the_caisse() -> None:
    mine, theirs = sa.column("caisse", sa.Text), sa.column("other_caisse", sa.Text)
    agent = Principal("a", frozenset({Role.AGENT}), "751")
    auditor = Principal("b", frozenset({Role.AUDITOR}), None)
    written = str(agent.scope(mine, theirs).compile(compile_kwargs={"literal_binds": True}))
    assert written == "caisse = '751' OR other_caisse = '751'"
    national = str(auditor.scope(mine).compile(compile_kwargs={"literal_binds": True}))
    assert national == "caisse IS DISTINCT FROM '000'"


def test_who_works_for_all_caisses_does_not_see_the_sandbox() -> None:
    auditor = Principal("b", frozenset({Role.AUDITOR}), None)
    integrator = Principal("c", frozenset({Role.AUDITOR}), SANDBOX)
    assert auditor.sees("751")
    assert auditor.sees(SANDBOX, "751")
    assert not auditor.sees(SANDBOX)
    assert integrator.sees(SANDBOX)
    assert not integrator.sees("751")
    with pytest.raises(Problem):
        auditor.check_scope(SANDBOX)


def test_tokens_are_issued_in_the_local_and_test_profiles_only(tmp_path: Path) -> None:
    production = Settings(
        profile="production",
        service="intake",
        state_dir=tmp_path,
        database_password="x",
        jwks_file=tmp_path / "jwks.json",
    )
    with pytest.raises(PermissionError):
        token(production)
