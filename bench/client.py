"""What a program that measures others by the clock owes them: it must not be what is measured."""

from __future__ import annotations

import gc


def undisturbed() -> None:
    """Collect once, then never again in this process: a full collection of a client with all its answers is a fifth of
    a second in which it sends nothing and hears nothing, and which it would put down to the server."""
    gc.collect()
    gc.freeze()
    gc.disable()
