"""``python -m services.decision simulate``: without server or database, quickly, and clear about what is wrong."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from services.decision.commands.cli import main
from services.decision.domain.law.edition import collection, current
from services.decision.domain.simulation.explanation import explain
from services.decision.domain.simulation.request import read
from services.decision.domain.simulation.simulate import simulate
from tests.decision.dated_cases import application_of, cases
from tests.decision.files import day

ROOT = Path(__file__).parents[3]


def ordinary(deposited: str = "2023-03-10", **changes: Any) -> dict[str, Any]:
    return application_of({"deposited": day(deposited), **changes})


def written(folder: Path, document: Any) -> str:
    path = folder / "demande.json"
    path.write_text(document if isinstance(document, str) else json.dumps(document), encoding="utf-8")
    return str(path)


def test_the_smallest_application_is_simulated(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A date and a person: everything else has a default, and what could change the outcome is asked for."""
    path = written(tmp_path, {"deposit": {"deposited_on": "2023-03-10"}, "members": [{}]})
    assert main(["simulate", path]) == 0
    outcome = json.loads(capsys.readouterr().out)
    assert outcome["verdict"] == "ask"
    assert {"identity", "means"} <= {item["code"] for item in outcome["ask"]}
    assert all(item["accepted"] for item in outcome["ask"])


def test_the_same_input_gives_the_same_bytes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(tmp_path, ordinary())
    outputs = []
    for _ in range(2):
        main(["simulate", path])
        outputs.append(capsys.readouterr().out)
    assert outputs[0] == outputs[1]


def test_it_explains_in_sentences(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = [{"kind": "notified", "on": day("2024-05-22")}]
    case = ordinary("2024-05-02", euros=12_000, decided_on=day("2024-05-20"), events=told)
    assert main(["simulate", written(tmp_path, case), "--explain"]) == 0
    text = capsys.readouterr().out
    for sentence in (
        "Proposition : refuser. Un agent nommé décide ; un refus n'est jamais automatique.",
        "condition non remplie ; 12 000 € (limite : 10 166 €)",
        "Motif possible : Ressources supérieures au plafond",
        "Recours : recours préalable obligatoire devant l'auteur de la décision, dans les 2 mois, jusqu'au 23 juillet "
        "2024 inclus.",
        "Point de départ : la notification, le 22 mai 2024.",
    ):
        assert sentence in text


@pytest.mark.parametrize(
    ("document", "pointer", "word"),
    [
        ("{", "/", "JSON"),
        ([], "/", "objet JSON"),
        ({"members": [{}]}, "/deposit", "obligatoire"),
        ({"deposit": {"deposited_on": "2023-02-30"}, "members": [{}]}, "/deposit/deposited_on", "AAAA-MM-JJ"),
        (
            {"deposit": {"deposited_on": "2023-03-10"}, "members": [{"birthdate": "1980-01-01"}]},
            "/members/0/birthdate",
            "Vouliez-vous dire « birth_date »",
        ),
        ({"deposit": {"deposited_on": 20230310}, "members": [{}]}, "/deposit/deposited_on", ""),
    ],
)
def test_bad_input_gives_code_2_and_names_the_field(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], document: Any, pointer: str, word: str
) -> None:
    assert main(["simulate", written(tmp_path, document)]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert f"  {pointer} [" in captured.err
    assert word in captured.err


def test_harmless_habits_are_forgiven(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A byte order mark, null for what is left out, a whole number written with a point: the same outcome."""
    plain = json.dumps(ordinary())
    habits = "\ufeff" + plain.replace("300000", "300000.0").replace(
        '"kind": "first"', '"kind": null, "decided_on": null'
    )
    assert habits.count("null") == plain.count("null") + 2
    outputs = []
    for text in (plain, habits):
        assert main(["simulate", written(tmp_path, text)]) == 0
        outputs.append(capsys.readouterr().out)
    assert outputs[0] == outputs[1]


def test_a_field_written_twice_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    twice = '{"deposit": {"deposited_on": "2023-03-10"}, "deposit": {"deposited_on": "2023-03-11"}, "members": [{}]}'
    assert main(["simulate", written(tmp_path, twice)]) == 2
    assert "[repeated_field] Le champ « deposit » est écrit deux fois." in capsys.readouterr().err


def test_no_code_and_no_bare_date_is_left_in_the_sentences() -> None:
    left = re.compile(r"\b[a-z]+_[a-z_]+\b|[0-9]{4}-[0-9]{2}-[0-9]{2}|\bnone\b", re.IGNORECASE)
    for case in cases():
        text = explain(simulate(read(case.text), current(), collection()))
        assert not left.search(text), (case.name, left.findall(text))


def test_near_the_ceiling_the_letter_of_the_law_and_both_figures_are_told() -> None:
    case = ordinary("2024-05-02", others=["spouse", "child"], euros=18_299)
    text = explain(simulate(read(json.dumps(case)), current(), collection()))
    for sentence in (
        "à la lettre, dépasse le plafond (limite : 18 298 €)",
        "18 298,80 € (limite : 18 298 €)",
        "I-012.",
    ):
        assert sentence in text


def test_what_is_not_sure_is_listed_wherever_it_decides() -> None:
    """The last day of any right, and all that the lump sum of free lodging rests on."""
    case = ordinary("2024-05-02", means={"estimate_cents": 950_000, "free_lodging_months": 6})
    listed = simulate(read(json.dumps(case)), current(), collection()).to_confirm
    assert [line.split(" : ")[0] for line in listed] == [
        "Forfait logement, taux et échelle selon la taille du foyer",
        "Jour du montant de base du forfait logement",
        "Hébergement gratuit une partie de l'année seulement",
        "Durée du droit",
    ]


def test_a_file_that_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["simulate", "/nowhere.json"]) == 2
    assert "/nowhere.json" in capsys.readouterr().err


@pytest.mark.parametrize("which", ["input", "output"])
def test_the_schemas_describe_every_field_of_ours(which: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["simulate", "--schema", which]) == 0
    schema = json.loads(capsys.readouterr().out)
    assert schema["type"] == "object"
    models = [schema, *schema["$defs"].values()]
    assert all(field.get("description") for model in models for field in model.get("properties", {}).values())
    if which == "input":
        assert set(schema["required"]) == {"deposit", "members"}
        assert all(model["description"] for model in models)
        assert all(f"{code} : " in model["description"] for model in models for code in model.get("enum", []))


def test_what_the_law_does_not_need_is_not_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A number with spaces, a country in full, a name that is a number: nobody's business here."""
    case = ordinary()
    outputs = []
    for unread in (
        {},
        {"social_number": "1 85 06 99 352 001", "nationality": "Mali", "family_name": 7, "sex": "féminin"},
    ):
        case["members"][0].update(unread)
        assert main(["simulate", written(tmp_path, case)]) == 0
        outputs.append(capsys.readouterr().out)
    assert outputs[0] == outputs[1]


def test_standard_input_and_a_quick_start_without_server_libraries() -> None:
    """Nothing of the web, of the database or of the broker is loaded: what makes the command quick."""
    program = (
        "import sys; from services.decision.__main__ import main; code = main(['simulate', '-']); "
        "heavy = {'fastapi', 'sqlalchemy', 'psycopg', 'faststream', 'aiokafka', 'uvicorn', 'jinja2'} & "
        "set(sys.modules); "
        "print(sorted(heavy), file=sys.stderr); sys.exit(code)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program],
        input=json.dumps(ordinary()),
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    assert (ran.returncode, ran.stderr.strip()) == (0, "[]")
    assert json.loads(ran.stdout)["verdict"] == "grant"
