"""The figures of the current quarter as Prometheus gauges, read from the same statement as the printed table.

An auditor must be able to compare a graph with the table to the unit, so nothing is counted in the process: each scrape
asks the database. Missing values (the mean of nothing) are absent, never zero.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import sqlalchemy as sa
from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from services.reporting.domain.activity import ALL, Activity, activity, laid_out
from services.reporting.domain.indicators import CATALOGUE
from services.reporting.domain.periods import Period, quarter_of
from services.reporting.domain.quarters import read
from services.reporting.store.activity import as_rows, parameters, statement
from services.reporting.tables import quarter_rows, quarters
from shared import clock
from shared.messaging.reference_table import ReferenceTable
from shared.observability import logs, metrics
from shared.service.runtime import Runtime
from shared.settings import Settings

log = logs.logger("metrics")

PREFIX = "ame_activity_"
QUARTER = "ame_quarter_figure"
WHOLE = "toutes"
"""The label of the line of all caisses; leave it out of sums."""
PART_LABELS: dict[str, tuple[str, ...]] = {"": (), "motive": ("motive",), "letter": ("kind",)}


class ActivityGauges(Collector):
    """Collects the activity of the quarter that holds the business day."""

    def __init__(self, settings: Settings, reference: ReferenceTable) -> None:
        self._reference = reference
        self.engine = sa.create_engine(
            settings.database_url(),
            pool_size=1,
            max_overflow=1,
            pool_pre_ping=True,
            hide_parameters=True,
            connect_args={
                "application_name": f"{settings.service}-{settings.slot}-gauges",
                "connect_timeout": 3,
                "options": "-c statement_timeout=8000",
            },
        )

    def collect(self) -> Iterator[Metric]:
        """The gauges; when the database is out of reach, only the one that says so."""
        up = GaugeMetricFamily("ame_activity_up", "1 when the figures of the quarter could be read")
        try:
            table = self.table(quarter_of(clock.today()))
            stored = list(self.stored(quarter_of(clock.today()).previous))
        except sa.exc.SQLAlchemyError as error:
            log.warning("figures_unread", error=type(error).__name__)
            up.add_metric([], 0)
            yield up
            return
        up.add_metric([], 1)
        yield up
        yield from families(table)
        yield from stored

    def table(self, period: Period) -> Activity:
        """The table of a period, as the API computes it."""
        with self.engine.connect() as connection:
            rows = connection.execute(statement(period), parameters(period, None))
            return activity(period, as_rows(rows), (caisse.code for caisse in self._reference.caisses()))

    def stored(self, period: Period) -> Iterator[GaugeMetricFamily]:
        """The figures of the last quarter as they were closed, of each caisse that closed it."""
        r = quarter_rows.c
        same = sa.and_(r.caisse == quarters.c.caisse, r.period == quarters.c.period, r.revision == quarters.c.revision)
        query = sa.select(r.caisse, r.revision, r.figures).join(quarters, same).where(r.period == period.id)
        with self.engine.connect() as connection:
            rows = connection.execute(query).all()
        labels = ["period", "caisse", "revision", "code", "part"]
        family = GaugeMetricFamily(QUARTER, "Figures of a closed quarter, as they are stored", labels=labels)
        for row in rows:
            table = laid_out(period, {row.caisse: read(row.figures, period)}, whole=False)
            for line in table.lines:
                value = table.cells[row.caisse][line.key]
                if value is not None:
                    family.add_metric([period.id, row.caisse, str(row.revision), *line.key], value)
        yield family


def families(table: Activity) -> Iterator[GaugeMetricFamily]:
    """One gauge per indicator, labelled by period, caisse and part."""
    for indicator in CATALOGUE:
        labels = ["period", "caisse", *PART_LABELS.get(indicator.breakdown, ("part",))]
        family = GaugeMetricFamily(PREFIX + indicator.code, f"{indicator.name} ({indicator.unit})", labels=labels)
        for line in table.lines_of(indicator.code):
            for caisse, cells in table.cells.items():
                value = cells[line.key]
                if value is not None:
                    part = [line.part] if indicator.breakdown else []
                    family.add_metric([table.period.id, WHOLE if caisse == ALL else caisse, *part], value)
        yield family


def collectors(runtime: Runtime) -> Sequence[Collector]:
    """The collector of this process."""
    runtime.state["gauges"] = ActivityGauges(runtime.settings, runtime.reference)
    return [runtime.state["gauges"]]


async def unregister(runtime: Runtime) -> None:
    """Take the collector out of the registry and close its connection."""
    gauges: ActivityGauges = runtime.state["gauges"]
    metrics.registry.unregister(gauges)
    gauges.engine.dispose()
