"""Secrets from files that variables name: ``AME_DATABASE_PASSWORD_FILE=/run/keys/database`` for the password itself."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from pydantic.fields import FieldInfo
from pydantic_settings import PydanticBaseSettingsSource

SUFFIX = "_FILE"


class SecretFiles(PydanticBaseSettingsSource):
    """Reads every setting that is a secret from the file that ``<its variable>_FILE`` names.

    A secret given in both ways is refused: nobody could tell which one counts.
    """

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """The value of one setting, its key, and False: a secret is plain text. None where no file is named.

        Raises ``ValueError`` naming the variable when the file cannot be read or the secret is given twice.
        """
        variable = f"{self.config.get('env_prefix', '')}{field_name}".upper()
        named = os.environ.get(variable + SUFFIX, "")
        if field.annotation is not SecretStr or not named:
            return None, field_name, False
        if os.environ.get(variable):
            raise ValueError(f"{variable} and {variable}{SUFFIX} are both set")
        try:
            return Path(named).read_text("utf-8").strip(), field_name, False
        except (OSError, UnicodeDecodeError) as error:
            raise ValueError(f"{variable}{SUFFIX}: {type(error).__name__}") from None

    def __call__(self) -> dict[str, Any]:
        """All secrets of files, by their settings."""
        read = {name: self.get_field_value(field, name)[0] for name, field in self.settings_cls.model_fields.items()}
        return {name: value for name, value in read.items() if value is not None}
