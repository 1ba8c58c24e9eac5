"""An independent linker beside the core: Splink, trained on the base itself and on what reviewers judged.

It reads the records of a run as the core does (names folded, dates in parts), but shares no weight and no rule with it.
Where the two differ, a person looks.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from services.dedup.domain.matching.normalisation import unpack
from services.dedup.domain.relink.linkage import PAIR, Pairs
from services.dedup.relink.engines import LOCAL_MASTER, EngineMissing, session_of
from services.dedup.relink.run_folder import RunFolder

if TYPE_CHECKING:
    import pyarrow as pa
    from splink import SettingsCreator

LIKELY: Final = 0.5
"""Probability from which a pair is told."""
SEED: Final = 20080130
LABELS_TO_TRAIN: Final = 50
"""Judgements "same" from which they train the weights; fewer would teach the chance of a few names."""


def linked_on_duckdb(folder: RunFolder, same: Iterable[tuple[int, int]] = ()) -> Pairs:
    """The pairs that Splink sees in a run, on this machine. ``same``: seqs that reviewers judged one person.

    Raises EngineMissing without the libraries of this job.
    """
    try:
        import duckdb
        from splink.backends.duckdb import DuckDBAPI
    except ImportError as error:
        raise EngineMissing("Splink ou DuckDB est absent : installez locks/relink.txt") from error
    connection = duckdb.connect(":memory:")
    connection.execute(f"SET threads TO {os.cpu_count() or 1}")
    return _linked(DuckDBAPI(connection=connection), records(folder), same)


def linked_on_spark(folder: RunFolder, same: Iterable[tuple[int, int]] = (), master: str = LOCAL_MASTER) -> Pairs:
    """The same on Spark, where the base is larger than one machine. Raises EngineMissing."""
    try:
        from splink.backends.spark import SparkAPI

        teach_java()
    except ImportError as error:
        raise EngineMissing("Splink ou PySpark est absent : installez locks/relink.txt") from error
    session = session_of(master)
    try:
        session.sparkContext.setCheckpointDir(str(folder.path / "checkpoints"))
        frame = session.createDataFrame(records(folder).to_pandas())
        api: Any = SparkAPI
        return _linked(api(spark_session=session), frame, same)
    finally:
        session.stop()


def teach_java() -> None:
    """Let the Java machine of this process know Splink's functions: it has one, so before its first session of Spark.

    Raises ImportError without the libraries.
    """
    from splink.internals.spark.jar_location import similarity_jar_location

    os.environ["PYSPARK_SUBMIT_ARGS"] = f"--jars {similarity_jar_location()} pyspark-shell"


def records(folder: RunFolder) -> pa.Table:
    """The records of a run in columns; null where nothing is known."""
    import pyarrow as pa

    columns: dict[str, list[Any]] = {name: [] for name in ("unique_id", "household", *_FIELDS)}
    for number in range(folder.meta.partitions):
        rows, seqs, households = folder.read_base(number)
        columns["unique_id"] += seqs.tolist()
        columns["household"] += households.tolist()
        for row in rows:
            one = unpack(row.tobytes())
            family = " ".join(one.family) or None
            given = " ".join(one.given) or None
            known_day = one.month and one.day
            values = (
                family,
                given,
                one.family[0][:4] if one.family else None,
                one.given[0][:3] if one.given else None,
                one.year or None,
                f"{one.month:02}-{one.day:02}" if known_day else None,
                one.sex or None,
                one.country or None,
                one.place or None,
            )
            for name, value in zip(_FIELDS, values, strict=True):
                columns[name].append(value)
    return pa.table(columns)


_FIELDS: Final = (
    "family_name",
    "given_names",
    "family_begins",
    "given_begins",
    "birth_year",
    "birth_day",
    "sex",
    "birth_country",
    "birth_place",
)


def _settings() -> SettingsCreator:
    import splink.comparison_library as cl
    from splink import SettingsCreator
    from splink.blocking_rule_library import block_on

    # A part of the date stands in each rule but one: names alone would compare every Mohamed with every other.
    return SettingsCreator(
        link_type="dedupe_only",
        blocking_rules_to_generate_predictions=[
            block_on("birth_year", "birth_day", "family_begins"),
            block_on("birth_year", "birth_day", "given_begins"),
            block_on("birth_year", "family_name", "given_begins"),
            block_on("birth_day", "family_name", "given_names"),
        ],
        comparisons=[
            cl.JaroWinklerAtThresholds("family_name", [0.95, 0.88]).configure(term_frequency_adjustments=True),
            cl.JaroWinklerAtThresholds("given_names", [0.95, 0.88]).configure(term_frequency_adjustments=True),
            cl.ExactMatch("birth_year"),
            cl.ExactMatch("birth_day").configure(term_frequency_adjustments=True),
            cl.ExactMatch("sex"),
            cl.ExactMatch("birth_country"),
            cl.JaroWinklerAtThresholds("birth_place", [0.92]),
        ],
        additional_columns_to_retain=["household"],
    )


def _linked(api: Any, table: Any, same: Iterable[tuple[int, int]]) -> Pairs:
    from splink import Linker

    linker: Any = Linker(api.register(table), _settings(), log_level="ERROR")
    _train(linker, api, list(same))
    kept = linker.inference.predict(threshold_match_probability=LIKELY).as_pandas_dataframe()
    kept = kept[kept["household_l"] != kept["household_r"]]
    pairs = np.empty(len(kept), PAIR)
    left, right = kept["unique_id_l"].to_numpy(np.int64), kept["unique_id_r"].to_numpy(np.int64)
    pairs["lower"], pairs["higher"] = np.minimum(left, right), np.maximum(left, right)
    pairs["score"] = kept["match_weight"].to_numpy(np.float64) * np.log(2)
    return pairs[np.lexsort((pairs["higher"], pairs["lower"]))]


def _train(linker: Any, api: Any, same: list[tuple[int, int]]) -> None:
    from splink.blocking_rule_library import block_on

    training = linker.training
    sure = [block_on("family_name", "given_names", "birth_year", "birth_day")]
    training.estimate_probability_two_random_records_match(sure, recall=0.5)
    training.estimate_u_using_random_sampling(max_pairs=1e6, seed=SEED)
    if len(same) >= LABELS_TO_TRAIN:
        import pyarrow as pa

        labels = {"unique_id_l": [lower for lower, _ in same], "unique_id_r": [higher for _, higher in same]}
        training.estimate_m_from_pairwise_labels(api.register(pa.table(labels)))
        return
    training.estimate_parameters_using_expectation_maximisation(block_on("birth_year", "birth_day"))
    training.estimate_parameters_using_expectation_maximisation(block_on("family_name", "birth_year"))
