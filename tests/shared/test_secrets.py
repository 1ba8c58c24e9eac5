"""A password may come from a file that the container engine mounts, instead of the environment."""

from __future__ import annotations

from pathlib import Path

import pytest

from shared.settings import Settings


def test_a_mounted_file_gives_the_password(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AME_DATABASE_PASSWORD", raising=False)
    (tmp_path / "ame_database_password").write_text("from-a-file\n")
    settings = Settings(service="intake", _secrets_dir=tmp_path)
    assert settings.database_password.get_secret_value() == "from-a-file"
    assert "from-a-file" not in repr(settings)


def test_the_environment_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AME_DATABASE_PASSWORD", "from-the-environment")
    (tmp_path / "ame_database_password").write_text("from-a-file")
    settings = Settings(service="intake", _secrets_dir=tmp_path)
    assert settings.database_password.get_secret_value() == "from-the-environment"
