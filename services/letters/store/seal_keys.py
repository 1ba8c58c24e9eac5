"""The keys of the seal in files: one private key a year, and the public halves of all that ever signed.

Files are read again at each use, so that a new year needs no restart. The local and test profiles make the key of a
year at first need; elsewhere an operator makes it ahead (``python -m services.letters seal-key YEAR``), and without one
documents leave unsealed.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import os
from pathlib import Path
from typing import Any, Final

from joserfc import jws
from joserfc.jwk import ECKey

from services.letters.domain.seal_check import ALGORITHM, KeyList
from services.letters.domain.seals import Sealer
from shared.settings import Settings

PRIVATE: Final = ("d",)


class FileSigner:
    """Signs with the key file of the year of a day."""

    def __init__(self, folder: Path, *, makes_keys: bool = False) -> None:
        self._folder, self._makes_keys = folder, makes_keys
        self._keys: dict[int, ECKey] = {}

    def sign(self, payload: bytes, day: dt.date, kind: str = "") -> str | None:
        """A compact JWS with the key of that year; None where there is none."""
        key = self._key(day.year)
        if key is None:
            return None
        header = {"alg": ALGORITHM, "kid": str(key.kid), **({"typ": kind} if kind else {})}
        return jws.serialize_compact(header, payload, key, algorithms=[ALGORITHM])

    def _key(self, year: int) -> ECKey | None:
        if year not in self._keys:
            file = private_file(self._folder, year)
            if not file.exists() and self._makes_keys:
                make_key(self._folder, year)
            with contextlib.suppress(OSError, ValueError):
                self._keys[year] = ECKey.import_key(json.loads(file.read_text()))
        return self._keys.get(year)


def folder_of(settings: Settings) -> Path:
    """Where the keys of the seal lie."""
    return settings.seal_keys_dir or settings.state_dir / "keys" / "seal"


def sealer_of(settings: Settings) -> Sealer:
    """Who seals in this process."""
    return Sealer(FileSigner(folder_of(settings), makes_keys=settings.is_local), seal_url(settings))


def seal_url(settings: Settings) -> str:
    """Where seals are checked: the host of the scheme, or the page of this service."""
    own = settings.public_url or f"http://{settings.http_host}:{settings.http_port}"
    return settings.seal_url or f"{own}{settings.root_path}/seal/"


def private_file(folder: Path, year: int) -> Path:
    """The private key of a year."""
    return folder / f"{year}.private.json"


def make_key(folder: Path, year: int) -> str:
    """Make the key of a year, unless there is one; returns its id. Safe when raced.

    The public half has a file of its own, which is there before the private one signs.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    private = private_file(folder, year)
    if not private.exists():
        key = ECKey.generate_key("P-256")
        kid = f"{year}-{key.thumbprint()[:6]}"
        told: dict[str, Any] = {**key.as_dict(private=True), "kid": kid}
        period = {"sign_from": f"{year}-01-01", "sign_until": f"{year}-12-31"}
        public = {name: value for name, value in told.items() if name not in PRIVATE} | period
        _write(folder / f"{kid}.public.json", public, 0o644)
        draft = folder / f".{year}-{os.getpid()}"
        _write(draft, told, 0o600)
        with contextlib.suppress(FileExistsError):
            os.link(draft, private)  # only the first of several processes wins
        draft.unlink()
        kid_of_winner = json.loads(private.read_text())["kid"]
        if kid_of_winner != kid:
            (folder / f"{kid}.public.json").unlink(missing_ok=True)
    return str(json.loads(private.read_text())["kid"])


def public_document(folder: Path, today: dt.date) -> dict[str, Any]:
    """All public keys with their signing periods, as the page and the command read them."""
    keys = [json.loads(file.read_text()) for file in sorted(folder.glob("*.public.json"))]
    return {"as_of": today.isoformat(), "keys": keys}


def public_keys(folder: Path, today: dt.date) -> KeyList:
    """The same, read."""
    return KeyList.parse(public_document(folder, today))


def _write(file: Path, content: object, mode: int) -> None:
    """Write a file whole at once."""
    draft = file.with_name(f".{file.name}-{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "w") as opened:
        json.dump(content, opened)
    draft.replace(file)
