"""One report of calibration, from the command line."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Sequence
from typing import Any

from services.dedup.domain.matching.model import load_model
from services.dedup.store.model_versions import calibrate
from shared.database.unit_of_work import Database
from shared.settings import Settings


def main(argv: Sequence[str]) -> int:
    """Run the job once on the database of the environment."""
    argparse.ArgumentParser(
        prog="python -m services.dedup calibrate", description="Rapport de calibration sur les jugements des lecteurs."
    ).parse_args(list(argv))
    made = asyncio.run(_once())
    document = made["document"]
    print(f"rapport {made['calibration_id']}, version {made['model_version']}, {document['judged']} paires jugées")
    print("probabilité       paires  moyenne  même personne  intervalle à 95 %")
    for line in document["reliability"]:
        apart = "" if line["in_agreement"] else "  (hors intervalle)"
        print(
            f"{line['from']:<6} - {line['to']:<6} {line['pairs']:>8}  {line['mean_probability']:.3f}    "
            f"{line['share_same']:.3f}          {line['least']:.3f} - {line['most']:.3f}{apart}"
        )
    blind = document["blind_control"]
    print(
        f"contrôle en aveugle : {blind['same']} sur {blind['judged']} jugées étaient la même personne "
        f"({blind['drawn']} tirées)"
    )
    for name, value in document["present"].items():
        reason = document["proposed"]["reasons"][name]
        print(f"seuil {name} : {value} en vigueur, {document['proposed'][name]} proposé – {reason}")
    return 0


async def _once() -> dict[str, Any]:
    database = Database(Settings(service="dedup"), pool_size=1)
    try:
        async with database.unit() as unit:
            return await calibrate(unit, load_model(), "command")
    finally:
        await database.close()
