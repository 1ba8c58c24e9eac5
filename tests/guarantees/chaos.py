"""Faults, drawn from a seed so that a run can be repeated: processes killed without warning, servers lost, lines cut."""

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

from deploy.local import Platform

Fault = tuple[str, Callable[[], object]]


@dataclass
class Chaos:
    """Injects one of ``faults`` every ``pause`` seconds, drawn between the two bounds, while its block runs."""

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

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._over.set()
        self._thread.join(timeout=180)
        if self._error is not None and kind is None:
            raise self._error

    def _run(self) -> None:
        chance = random.Random(self.seed)
        try:
            while not self._over.wait(chance.uniform(*self.pause)):
                name, inject = chance.choice(self.faults)
                inject()
                self.injected[name] += 1
        except BaseException as error:  # handed to the thread of the test
            self._error = error


def kills(platform: Platform) -> list[Fault]:
    """SIGKILL for each process of a platform; its supervisor starts it again."""
    processes = [platform.process(replica.service, replica.role, replica.slot) for replica in platform.replicas]
    return [(f"kill {process.name}", partial(process.kill, signal.SIGKILL)) for process in processes]
