"""The commands of Kubernetes: one release of everything, and a plain word where they cannot be had."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from deploy.helm import binaries
from tests.helm import __main__ as play

MODULES = (binaries.SOURCES / "go.mod").read_text()


def test_every_part_of_kubernetes_is_of_one_release() -> None:
    replaced = re.findall(r"k8s\.io/[\w-]+ => k8s\.io/[\w-]+ v0\.([\d.]+)", MODULES)
    assert len(replaced) == 31
    assert {f"v1.{release}" for release in replaced} == {binaries.version()}


def test_every_command_is_pinned() -> None:
    text = (binaries.SOURCES / "tools.go").read_text()
    for name, package in binaries.PACKAGES.items():
        assert f'"{package}"' in text or (binaries.SOURCES / package).is_dir(), name


@pytest.fixture
def nothing_here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AME_KUBERNETES", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))


@pytest.mark.usefixtures("nothing_here")
def test_without_go_it_says_so() -> None:
    assert binaries.find("helm") is None
    with pytest.raises(binaries.Missing, match="helm is not here, and Go, which would compile it, is not either"):
        binaries.build("helm")


@pytest.mark.usefixtures("nothing_here")
def test_the_real_node_is_skipped_with_a_word(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    assert play.main() == 0
    assert capsys.readouterr().out == "make helm-test is skipped: a node needs root\n"
    monkeypatch.setattr("os.geteuid", lambda: 0)
    assert play.main() == 0
    assert "Go, which would compile it, is not either" in capsys.readouterr().out


@pytest.mark.usefixtures("nothing_here")
def test_what_the_system_lacks_is_named_with_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    with pytest.raises(binaries.Missing, match="etcd is missing: on Debian, apt-get install etcd-server"):
        binaries.require_system()


def test_a_name_that_nobody_knows_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert binaries.main(["kube-nothing"]) == 2
    assert "unknown: kube-nothing" in capsys.readouterr().err
