"""A process outside the local profile starts with secrets of its own, or says which it misses and ends."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from shared.service.secrets_check import InvalidSecrets, check_secrets
from shared.settings import Settings

ROOT = Path(__file__).parents[3]
GOOD = "c61f0a7e9b7d4e0fb9a2"
EXAMPLES = dict(
    line.split("=", 1)
    for line in (ROOT / ".env.example").read_text().splitlines()
    if line.partition("=")[0].endswith(("PASSWORD", "SECRET"))
)
NEEDED = {
    "intake": ["AME_DATABASE_PASSWORD"],
    "dedup": ["AME_DATABASE_PASSWORD", "AME_DEDUP_CONTROL_SECRET", "AME_DEDUP_MARKS_SECRET"],
    "decision": ["AME_DATABASE_PASSWORD"],
    "letters": ["AME_DATABASE_PASSWORD"],
    "reporting": ["AME_DATABASE_PASSWORD"],
}


LINES = {
    "AME_KAFKA_USER": "ame-intake-api",
    "AME_KAFKA_PASSWORD": GOOD,
    "AME_DATABASE_CA_FILE": "system",
}
AUDIT_KEYS = ["AME_AUDIT_JWKS_FILE", "AME_AUDIT_KEY_FILE"]


def settings(service: str, profile: Any, values: dict[str, str], keys: Path) -> Settings:
    given: dict[str, Any] = {name.removeprefix("AME_").lower(): value for name, value in (LINES | values).items()}
    file = keys / "a-key"
    file.touch()
    return Settings(
        profile=profile, service=service, jwks_file=keys, **{"audit_key_file": file, "audit_jwks_file": file} | given
    )


@pytest.mark.parametrize("profile", ["compose", "production"])
@pytest.mark.parametrize("service", NEEDED)
def test_each_secret_that_is_missing_or_known_stops_the_start(service: str, profile: str, tmp_path: Path) -> None:
    good = dict.fromkeys(NEEDED[service], GOOD)
    check_secrets(settings(service, profile, good, tmp_path))
    for name in NEEDED[service]:
        for bad in ("", " ", "short", "password", "Postgres", *EXAMPLES.values()):
            with pytest.raises(InvalidSecrets) as refused:
                check_secrets(settings(service, profile, good | {name: bad}, tmp_path))
            assert list(refused.value.faults) == [name]
            assert len(bad) < 9 or bad not in str(refused.value)
    with pytest.raises(InvalidSecrets) as refused:
        check_secrets(settings(service, profile, {}, tmp_path))
    assert sorted(refused.value.faults) == sorted(NEEDED[service])


def test_a_platform_says_that_it_keeps_no_marks_and_does_not_forget_to(tmp_path: Path) -> None:
    values = dict.fromkeys(NEEDED["dedup"], GOOD)
    check_secrets(settings("dedup", "production", values | {"AME_DEDUP_MARKS_SECRET": "none"}, tmp_path))


@pytest.mark.parametrize("service", NEEDED)
def test_the_process_of_an_image_ends_with_the_names(service: str, tmp_path: Path) -> None:
    """What the image sets (its profile above all), and nothing else: it must not make a key, nor listen."""
    image = (ROOT / "deploy" / "Dockerfile").read_text()
    assert "AME_PROFILE=production" in image
    environment = {"PATH": os.environ["PATH"], "AME_PROFILE": "production", "AME_STATE_DIR": str(tmp_path)}
    command = [sys.executable, "-m", f"services.{service}"]
    keyless = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120)
    assert keyless.returncode != 0
    assert "AME_JWKS_FILE" in keyless.stderr
    environment["AME_JWKS_FILE"] = str(tmp_path / "jwks.json")
    ended = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120)
    assert ended.returncode != 0
    for name in [*NEEDED[service], *LINES, *(AUDIT_KEYS if service == "reporting" else ())]:
        assert f"{name}: missing" in ended.stderr
    assert list(tmp_path.iterdir()) == []


def test_reporting_does_not_start_without_the_keys_of_the_heads(tmp_path: Path) -> None:
    for name in AUDIT_KEYS:
        values = {"AME_DATABASE_PASSWORD": GOOD, name: str(tmp_path / "nowhere")}
        with pytest.raises(InvalidSecrets) as refused:
            check_secrets(settings("reporting", "production", values, tmp_path))
        assert list(refused.value.faults) == [name]
    check_secrets(
        settings("reporting", "production", {"AME_DATABASE_PASSWORD": GOOD, "AME_ROLE": "api"}, tmp_path).model_copy(
            update={"audit_key_file": None}
        )
    )


@pytest.mark.parametrize("name", LINES)
def test_production_speaks_to_no_broker_and_no_database_in_plain_text(name: str, tmp_path: Path) -> None:
    values = {"AME_DATABASE_PASSWORD": GOOD, name: ""}
    with pytest.raises(InvalidSecrets) as refused:
        check_secrets(settings("intake", "production", values, tmp_path))
    assert list(refused.value.faults) == [name]


def test_only_one_persons_machine_moves_its_day_or_signs_its_own_tokens(tmp_path: Path) -> None:
    for profile in ("compose", "production"):
        assert not settings("intake", profile, {}, tmp_path).movable_clock
