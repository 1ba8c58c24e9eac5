"""A process outside the local profile does not start on a missing secret, or on one that everybody knows."""

from __future__ import annotations

from pydantic import SecretStr

from shared.settings import Settings

FEWEST_CHARACTERS = 12
KNOWN = frozenset(
    {
        "only the data of this machine; never a real person",  # the local profile's key of marks
        "password",
        "postgres",
        "secret",
    }
)
EXAMPLE = ("change-me", "changeme", "replace-me", "example")
"""How values of ``.env.example`` begin: they are published."""


class InvalidSecrets(RuntimeError):
    """Secrets that are missing or known to everybody; the message names each setting, never a value."""

    def __init__(self, faults: dict[str, str]) -> None:
        super().__init__("; ".join(f"{name}: {fault}" for name, fault in faults.items()))
        self.faults = faults


def check_secrets(settings: Settings) -> None:
    """Raises ``InvalidSecrets`` naming every secret that a process of this service needs and does not have.

    The local and test profiles have none of their own: what they hold is one machine's.
    """
    if settings.is_local:
        return
    needed = {"AME_DATABASE_PASSWORD": settings.database_password}
    if settings.profile == "production" or settings.kafka_user:
        needed["AME_KAFKA_PASSWORD"] = settings.kafka_password
    if settings.service == "dedup":
        needed["AME_DEDUP_CONTROL_SECRET"] = settings.dedup_control_secret
        if settings.dedup_marks_secret.get_secret_value() != "none":
            needed["AME_DEDUP_MARKS_SECRET"] = settings.dedup_marks_secret
    if settings.oidc_issuer and settings.is_api:
        needed["AME_OIDC_CLIENT_SECRET"] = settings.oidc_client_secret
        keys = settings.session_keys.get_secret_value().split() or [""]
        needed |= {f"AME_SESSION_KEYS ({number})": SecretStr(key) for number, key in enumerate(keys, 1)}
    faults = {name: fault for name, secret in needed.items() if (fault := _fault(secret))}
    if settings.profile == "production" and not settings.kafka_user:  # in plain text anybody could write a decision
        faults["AME_KAFKA_USER"] = "missing"
    if settings.profile == "production" and not settings.database_ca_file:
        faults["AME_DATABASE_CA_FILE"] = "missing"
    if settings.service == "reporting":
        files = {"AME_AUDIT_JWKS_FILE": settings.audit_jwks_file}
        if settings.is_worker:
            files["AME_AUDIT_KEY_FILE"] = settings.audit_key_file
        faults |= {name: "missing" for name, file in files.items() if file is None or not file.is_file()}
    if faults:
        raise InvalidSecrets(faults)


def _fault(secret: SecretStr) -> str:
    value = secret.get_secret_value().strip()
    if not value:
        return "missing"
    if value.lower() in KNOWN or value.lower().startswith(EXAMPLE):
        return "a known development value"
    return f"shorter than {FEWEST_CHARACTERS} characters" if len(value) < FEWEST_CHARACTERS else ""
