"""Commands of the access log: is it whole, and its signing key.

python -m services.reporting audit verify [--file FILE]     (exit code 0: whole, 1: broken, 2: could not be checked)
python -m services.reporting audit first-key | rotate-key
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

from aiokafka.errors import KafkaError
from sqlalchemy.exc import SQLAlchemyError

from services.reporting.domain.wording import verdict_in_words
from services.reporting.store import audit_check, audit_keys
from services.reporting.store.audit_keys import NoAuditKey
from services.reporting.store.retention import access_log_days
from shared.database.unit_of_work import Database
from shared.settings import Settings

UNCHECKED = 2


def main(arguments: Sequence[str]) -> int:
    """Run one command; returns its exit code."""
    parser = argparse.ArgumentParser(prog="python -m services.reporting", description="Le journal des consultations.")
    audit = parser.add_subparsers(dest="command", required=True).add_parser("audit", help="le journal est-il entier ?")
    actions = audit.add_subparsers(dest="action", required=True)
    verifying = actions.add_parser("verify", help="vérifie chaque entrée contre les têtes signées")
    verifying.add_argument("--file", type=Path, help="les têtes gardées par l'auditeur, à comparer avec le sujet Kafka")
    actions.add_parser("first-key", help="la première clé de signature, s'il n'y en a pas encore")
    actions.add_parser("rotate-key", help="nouvelle clé de signature ; les anciennes signatures restent vérifiables")
    options = parser.parse_args(arguments)
    settings = Settings(service="reporting")
    if options.action == "first-key" and audit_keys.private_file(settings).exists():
        return 0
    if options.action != "verify":
        print(f"Clé de signature en service : {audit_keys.rotate(settings)}")
        return 0
    return asyncio.run(verify(settings, options.file))


async def verify(settings: Settings, file: Path | None) -> int:
    """Print whether the log is whole, or its first broken entry."""
    database = Database(settings, pool_size=1)
    try:
        verdict = await audit_check.check_log(settings, database, days_kept=access_log_days(), file=file)
    except (NoAuditKey, OSError, KafkaError, SQLAlchemyError) as error:
        detail = str(error) if isinstance(error, NoAuditKey | OSError) else type(error).__name__
        print(f"Le journal n'a pas pu être vérifié : {detail}", file=sys.stderr)
        return UNCHECKED
    finally:
        await database.close()
    print(verdict_in_words(verdict))
    return 0 if verdict.whole else 1
