"""How much memory a process may take: one that grows without end fails alone, with its own error."""

from __future__ import annotations

import resource


def limit_memory(megabytes: int) -> None:
    """Let this process, and each that it starts, take so much for data; zero sets no limit.

    Counted is what it may write, not the files and libraries it maps: Linux does, other systems may not.
    """
    if megabytes:
        limit = megabytes * 1024 * 1024
        resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
