"""Faults, drawn from a seed so that a run can be repeated: processes killed without warning, servers lost, lines
cut."""

from __future__ import annotations

import random
import signal
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from types import TracebackType
from typing import Self

from deploy.embedded.kafka import EmbeddedKafka
from deploy.embedded.postgres import EmbeddedPostgres
from tests.guarantees.harness import PATIENCE, Trial, until
from tests.proxy import Proxy

Fault = tuple[str, Callable[[], object]]


@dataclass
class Chaos:
    """Injects ``faults`` in rounds of a drawn order, one every ``pause`` seconds (drawn between the two bounds), while
    its block runs."""

    faults: Sequence[Fault]
    seed: int
    pause: tuple[float, float] = (0.4, 1.5)
    injected: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="chaos", daemon=True)
        self._error: BaseException | None = None

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join(timeout=PATIENCE)
        if self._error is not None and kind is None:
            raise self._error

    async def every_fault(self) -> None:
        """Wait until each fault has been injected at least once."""
        await until(lambda: self._error is not None or len(self.injected) == len(self.faults), "every fault injected")

    async def another_fault(self) -> None:
        """Wait until one more fault has been injected."""
        before = self.injected.total()
        await until(lambda: self._error is not None or self.injected.total() > before, "another fault injected")

    def _run(self) -> None:
        chance, round_ = random.Random(self.seed), list[Fault]()
        try:
            while self.faults and not self._over.wait(chance.uniform(*self.pause)):
                if not round_:
                    round_ = chance.sample(self.faults, len(self.faults))
                name, inject = round_.pop()
                inject()
                self.injected[name] += 1
        except BaseException as error:  # handed to the thread of the test
            self._error = error


def kills(trial: Trial) -> list[Fault]:
    """SIGKILL for each process of a platform; its supervisor starts it again."""
    return [(f"kill {process.name}", partial(process.kill, signal.SIGKILL)) for process in trial.processes]


def stops(trial: Trial) -> list[Fault]:
    """An orderly stop (SIGTERM) and a new start for each worker: what a rolling upgrade does."""
    workers = [process for process in trial.processes if not process.name.endswith("-api")]
    return [(f"stop {process.name}", process.restart) for process in workers]


def server_losses(trial: Trial) -> list[Fault]:
    """The broker or the database server killed, and started again on the same data."""

    def lose(server: EmbeddedKafka | EmbeddedPostgres) -> None:
        server.kill()
        server.start()

    kafka, postgres = trial.platform.kafka, trial.platform.postgres
    assert isinstance(kafka, EmbeddedKafka)
    assert isinstance(postgres, EmbeddedPostgres)
    return [("kill broker", partial(lose, kafka)), ("kill database", partial(lose, postgres))]


def line_faults(name: str, proxy: Proxy, chance: random.Random) -> list[Fault]:
    """Lines to one server cut in order, torn down, slow for a while, or refused for a while."""

    def for_a_while(fault: str, value: object, normal: object) -> None:
        setattr(proxy, fault, value)
        if fault == "refusing":
            proxy.reset()
        threading.Event().wait(chance.uniform(0.5, 2.0))  # how long the fault lasts
        setattr(proxy, fault, normal)

    return [
        (f"cut {name} lines", proxy.cut),
        (f"reset {name} lines", proxy.reset),
        (f"slow {name} lines", partial(for_a_while, "delay", 0.15, 0.0)),
        (f"refuse {name} lines", partial(for_a_while, "refusing", True, False)),
    ]
