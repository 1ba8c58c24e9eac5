"""The core measured on one's own files, without a server."""

import csv
import gzip
import json
from dataclasses import asdict
from pathlib import Path

import pytest

from bench.generator import cases, people
from services.dedup.commands.match import main


@pytest.fixture
def files(tmp_path: Path) -> Path:
    base = list(people(800, seed=3))
    with gzip.open(tmp_path / "base.jsonl.gz", "wt", encoding="utf-8") as file:
        file.writelines(json.dumps({"record_id": f"B{n}", **asdict(p)}) + "\n" for n, p in enumerate(base))
    drawn = [c for c in cases(base, 100, seed=4) if c.match is not None]
    (tmp_path / "queries.jsonl").write_text(
        "".join(json.dumps({"record_id": f"B{c.match}-again", **asdict(c.identity)}) + "\n" for c in drawn), "utf-8"
    )
    return tmp_path


def lines(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_match_writes_the_best_candidates_and_those_before_scoring(files: Path) -> None:
    options = [
        "--base",
        str(files / "base.jsonl.gz"),
        "--queries",
        str(files / "queries.jsonl"),
        "--out",
        str(files / "o.csv"),
    ]
    assert main(["match", *options]) == 0
    best = lines(files / "o.csv")
    assert list(best[0]) == ["query_id", "record_id", "score"]
    assert sum(row["query_id"] == row["record_id"] + "-again" for row in best) >= 0.9 * len(best)
    assert all(0.0 <= float(row["score"]) <= 1.0 for row in best)
    assert main(["match", *options, "--top", "3", "--blocked", str(files / "b.csv")]) == 0
    three, blocked = lines(files / "o.csv"), lines(files / "b.csv")
    assert len(three) >= len(best)
    assert {(r["query_id"], r["record_id"]) for r in best} <= {(r["query_id"], r["record_id"]) for r in blocked}


def test_compare_scores_names_alone(tmp_path: Path) -> None:
    pairs = [
        {"name1": "Mohamed Traoré", "name2": "TRAORE Mohammed"},
        {"name1": "Mohamed Traoré", "name2": "Fatoumata Diallo"},
        {"name1": "محمد", "name2": "Mohamed", "pair_id": "arabic"},
        {"name1": "", "name2": "Mohamed"},
    ]
    (tmp_path / "p.jsonl").write_text("".join(json.dumps(p) + "\n" for p in pairs), "utf-8")
    assert main(["compare", "--pairs", str(tmp_path / "p.jsonl"), "--out", str(tmp_path / "c.csv")]) == 0
    scores = {row["pair_id"]: float(row["score"]) for row in lines(tmp_path / "c.csv")}
    assert list(scores) == ["0", "1", "arabic", "3"]
    assert scores["0"] > 0.5 > scores["1"]
    assert scores["arabic"] > 0.5 > scores["3"]


def test_an_unreadable_file_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    absent = str(tmp_path / "absent.jsonl")
    assert main(["compare", "--pairs", absent, "--out", str(tmp_path / "o.csv")]) == 2
    assert "erreur" in capsys.readouterr().err
    (tmp_path / "bad.jsonl").write_text("not json\n")
    options = [
        "--base",
        str(tmp_path / "bad.jsonl"),
        "--queries",
        str(tmp_path / "bad.jsonl"),
        "--out",
        str(tmp_path / "o.csv"),
    ]
    assert main(["match", *options]) == 2


def test_the_first_model_scores_records_still_but_not_names_alone(
    files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    queries, out = str(files / "queries.jsonl"), str(files / "o.csv")
    assert main(["match", "--base", queries, "--queries", queries, "--out", out, "--model", "v1"]) == 0
    assert all(row["query_id"] == row["record_id"] for row in lines(files / "o.csv"))
    (files / "p.jsonl").write_text(json.dumps({"name1": "Moussa", "name2": "Musa"}) + "\n", "utf-8")
    assert main(["compare", "--pairs", str(files / "p.jsonl"), "--out", out, "--model", "v1"]) == 2
    assert "v1" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('{"record_id": "1", "nom": "DIALLO"}\n', "ligne 1 : champs inconnus : nom"),
        (
            '{"record_id": "1", "family_name": "DIALLO"}\n{"family_name": "SOW", "birth_date": "03/02/1980"}\n',
            "ligne 2, b",
        ),
        ('{"family_name": "SOW", "birth_date": "1980-02-31"}\n', "ligne 1, birth_date"),
        ('\ufeff{"family_name": "SOW"}\n', "BOM"),
        ('{"family_name": "SOW"\n', "ligne 1 : JSON illisible"),
        ("[1]\n", "ligne 1 : un objet JSON"),
        ('{"record_id": "1", "family_name": " "}\n', "ligne 1, family_name"),
        ('{"family_name": 12}\n', "ligne 1, family_name"),
        ("\n", "aucun enregistrement"),
        ("", "aucun enregistrement"),
        ('{"family_name": "SOW"}\n{"family_name": "TRAOR\udce9"}\n', "ligne 2 : octets"),
        ("\udcff\udcfe{\x00", "ligne 1 : octets"),
        ('{"family_name": "SO\\u0000W"}\n', "ligne 1, family_name : caractère"),
        ('{"family_name": "\\ud800"}\n', "ligne 1, family_name : caractère"),
        ('{"family_name": "' + "A" * 201 + '"}\n', "ligne 1, family_name : 200"),
        ('{"family_name": "SOW", "nationality": "Mali"}\n', "écrire ML"),
        ('{"family_name": "SOW", "birth_country": "ml"}\n', "ligne 1, birth_country"),
        ("[" * 5_000 + "\n", "ligne 1 : JSON illisible"),
        ('{"family_name": "SOW", "birth_date": 1e400}\n', "ligne 1, birth_date"),
        ('{"family_name": "SOW", "birth_date": "0000-01-01"}\n', "ligne 1, birth_date"),
        ('{"family_name": "SOW", "birth_date": "86400"}\n', "ligne 1, birth_date"),
    ],
)
@pytest.mark.parametrize("algorithm", ["learned", "classical"])
@pytest.mark.parametrize("which", ["base", "queries"])
def test_matching_without_a_server_is_as_strict_as_the_doors(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str, said: str, which: str, algorithm: str
) -> None:
    good = '{"record_id": "1", "family_name": "DIALLO", "birth_date": "1980-00-00"}\n'
    for name in ("base", "queries"):
        (tmp_path / f"{name}.jsonl").write_text(content if name == which else good, "utf-8", "surrogateescape")
    files = [f"--{name}={tmp_path / name}.jsonl" for name in ("base", "queries")]
    assert main(["match", *files, f"--out={tmp_path / 'out.csv'}", f"--algorithm={algorithm}"]) == 2
    told = capsys.readouterr().err
    assert said in told
    assert f"{which}.jsonl" in told


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('{"nom1": "A", "nom2": "B"}\n', "ligne 1 : champs inconnus"),
        ('{"name1": "A"}\n', "ligne 1, name2"),
        ("", "aucune paire"),
        ('{"name1": "A", "name2": "B"}\nnothing\n', "ligne 2 : JSON illisible"),
        ('{"name1": "A", "name2": "TRAOR\udce9"}\n', "ligne 1 : octets"),
        ("[" * 5_000 + "\n", "ligne 1 : JSON illisible"),
    ],
)
def test_comparing_names_the_line(tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str, said: str) -> None:
    (tmp_path / "pairs.jsonl").write_text(content, "utf-8", "surrogateescape")
    assert main(["compare", f"--pairs={tmp_path / 'pairs.jsonl'}", f"--out={tmp_path / 'out.csv'}"]) == 2
    assert said in capsys.readouterr().err


def test_a_file_is_matched_by_the_second_algorithm_too(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    queries, out = str(files / "queries.jsonl"), str(files / "classical.csv")
    asked = ["match", "--base", queries, "--queries", queries, "--out", out, "--algorithm", "classical"]
    assert main(asked) == 0
    found = lines(files / "classical.csv")
    assert found
    assert {(row["query_id"] == row["record_id"], 0 < float(row["score"]) <= 1) for row in found} == {(True, True)}
    with pytest.raises(SystemExit) as stopped:
        main([*asked, "--blocked", str(files / "b.csv")])
    assert stopped.value.code == 2
    (files / "queries.jsonl").write_text('{"record_id": "1", "nom": "DIALLO"}\n', "utf-8")
    assert main(asked) == 2
    assert "ligne 1 : champs inconnus : nom" in capsys.readouterr().err


def test_names_alone_by_the_second_algorithm(tmp_path: Path) -> None:
    pairs = [{"name1": "Aminata Traoré", "name2": "TRAORE AMINATA"}, {"name1": "Moussa", "name2": "Giorgi"}]
    (tmp_path / "p.jsonl").write_text("\n".join(map(json.dumps, pairs)), "utf-8")
    asked = ["compare", f"--pairs={tmp_path / 'p.jsonl'}", f"--out={tmp_path / 'c.csv'}", "--algorithm", "classical"]
    assert main(asked) == 0
    alike, strangers = (float(row["score"]) for row in lines(tmp_path / "c.csv"))
    assert alike == 1 > 0.4 > strangers
