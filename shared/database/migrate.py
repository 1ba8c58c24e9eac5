"""Migrations: one numbered history per service, run as the owner role; rights of the runtime role follow the tables.

    python -m shared.database.migrate upgrade intake | all
    python -m shared.database.migrate check   intake | all     (tables and history agree)
    python -m shared.database.migrate revision intake "what changes"

The first revision of a service calls ``shared_migrations.create_shared_tables`` for the tables that every service has.
A table marked append-only (``shared.store.APPEND_ONLY``) can be read and inserted into by the runtime role, no more.
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import sqlalchemy as sa
from alembic import command, context
from alembic.config import Config
from sqlalchemy.pool import NullPool

from shared.settings import SERVICES, Settings

LOCK_TIMEOUT = "5s"


def metadata_of(service: str) -> sa.MetaData:
    """The tables of a service, from its ``tables.py``; loaded by name because nothing here may depend on a service."""
    metadata = importlib.import_module(f"services.{service}.tables").metadata
    assert isinstance(metadata, sa.MetaData)
    return metadata


def config(settings: Settings) -> Config:
    """Alembic's settings for one service, without a file."""
    made = Config()
    made.set_main_option(
        "script_location", str(Path(__file__).parents[2] / "services" / settings.service / "migrations")
    )
    made.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    made.attributes["settings"] = settings
    return made


def run(metadata: sa.MetaData) -> None:
    """What every service's ``migrations/env.py`` calls."""
    settings: Settings = context.config.attributes["settings"]
    engine = sa.create_engine(settings.database_url(owner=True), poolclass=NullPool)
    with engine.connect() as connection:
        connection.execute(sa.text(f"SET lock_timeout = '{LOCK_TIMEOUT}'"))
        # Two deployments at once must not both migrate.
        connection.execute(sa.text("SELECT pg_advisory_lock(hashtext('ame-migrate'))"))
        connection.commit()
        context.configure(connection=connection, target_metadata=metadata, compare_server_default=False)
        with context.begin_transaction():
            context.run_migrations()
            _grant(connection, metadata, settings.database_user)
        connection.commit()


def _grant(connection: sa.Connection, metadata: sa.MetaData, role: str) -> None:
    """Give the runtime role what each table allows, and nothing on tables it does not know."""
    present = set(sa.inspect(connection).get_table_names())
    connection.execute(sa.text(f'GRANT USAGE ON SCHEMA public TO "{role}"'))
    for table in metadata.sorted_tables:
        if table.name not in present:
            continue
        rights = "SELECT, INSERT" if table.info.get("append_only") else "SELECT, INSERT, UPDATE, DELETE"
        connection.execute(sa.text(f'REVOKE ALL ON "{table.name}" FROM "{role}"'))
        connection.execute(sa.text(f'GRANT {rights} ON "{table.name}" TO "{role}"'))
    connection.execute(sa.text(f'GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO "{role}"'))
    connection.execute(
        sa.text(f'GRANT SELECT ON alembic_version TO "{role}"')
    ) if "alembic_version" in present else None


def upgrade(settings: Settings) -> None:
    """Bring one service's database to the newest revision."""
    command.upgrade(config(settings), "head")


def check(settings: Settings) -> None:
    """Raise when the tables in code and the database differ."""
    command.check(config(settings))


def main(arguments: list[str]) -> int:
    """Upgrade, check or add a migration from the command line; returns the exit code."""
    match arguments:
        case ["upgrade" | "check" as action, name] if name in (*SERVICES, "all"):
            for service in SERVICES if name == "all" else (name,):
                {"upgrade": upgrade, "check": check}[action](Settings(service=service))
                print(f"{service}: {action} done")
            return 0
        case ["revision", name, message] if name in SERVICES:
            settings = Settings(service=name)
            numbers = [
                int(p.name[:4])
                for p in (Path(config(settings).get_main_option("script_location") or "") / "versions").glob(
                    "[0-9]*.py"
                )
            ]
            command.revision(config(settings), message, autogenerate=True, rev_id=f"{max(numbers, default=0) + 1:04}")
            return 0
        case _:
            print(__doc__, file=sys.stderr)
            return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
