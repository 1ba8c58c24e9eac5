"""Secrets from files: named by a variable, or mounted by a container engine."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import SecretStr

from shared.settings import Settings

SECRETS = sorted(name for name, field in Settings.model_fields.items() if field.annotation is SecretStr)


@pytest.mark.parametrize("name", SECRETS)
def test_each_secret_may_stand_in_a_file(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "secret"
    file.write_text("c61f0a7e9b7d4e0fb9a2\n")
    monkeypatch.setenv(f"AME_{name.upper()}_FILE", str(file))
    assert getattr(Settings(), name).get_secret_value() == "c61f0a7e9b7d4e0fb9a2"


def test_a_secret_given_twice_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "secret").write_text("one")
    monkeypatch.setenv("AME_DATABASE_PASSWORD_FILE", str(tmp_path / "secret"))
    monkeypatch.setenv("AME_DATABASE_PASSWORD", "another")
    with pytest.raises(ValueError, match="AME_DATABASE_PASSWORD and AME_DATABASE_PASSWORD_FILE are both set"):
        Settings()


def test_a_file_that_is_not_there_is_named_by_its_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AME_SESSION_KEYS_FILE", str(tmp_path / "nowhere"))
    with pytest.raises(ValueError, match="AME_SESSION_KEYS_FILE: FileNotFoundError"):
        Settings()


def test_a_file_of_keys_that_is_no_secret_keeps_its_meaning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AME_AUDIT_KEY_FILE", str(tmp_path / "key"))
    assert Settings().audit_key_file == tmp_path / "key"
