"""Where compiled kernels are kept: one folder per version of their sources.

numba renews the cache of a function when its own file changes, not when a function it calls in another file does.  A
folder
named after all the sources together makes a stale kernel impossible.  ``NUMBA_CACHE_DIR`` in the environment has the
last word.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path
from typing import Any, Final

from numba import config

SERVICE: Final = Path(__file__).parents[3]

JIT: Final = {"cache": True, "nogil": True, "boundscheck": False, "error_model": "numpy"}
"""How every kernel is compiled: kept, and without holding back other threads."""


def sources_digest() -> str:
    """Short hash of every kernel source and of the record they read."""
    digest = hashlib.sha256()
    for path in [SERVICE / "domain" / "matching" / "record.py", *sorted(SERVICE.glob("**/kernels/*.py"))]:
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def choose() -> None:
    """Point numba at the folder of these sources, beside them or, where that cannot be written, in the temporary
    folder."""
    if os.environ.get("NUMBA_CACHE_DIR"):
        return
    beside = SERVICE / "__pycache__"
    try:
        beside.mkdir(exist_ok=True)
        writable = os.access(beside, os.W_OK)
    except OSError:
        writable = False
    settings: Any = config  # numba declares no types for its settings
    settings.CACHE_DIR = str((beside if writable else Path(tempfile.gettempdir())) / f"kernels-{sources_digest()}")


def is_compiled() -> bool:
    """Whether kernels are kept in the folder that was chosen."""
    settings: Any = config
    return any(Path(settings.CACHE_DIR).rglob("*.nbc"))


choose()
