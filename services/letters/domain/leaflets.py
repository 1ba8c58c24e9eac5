"""The leaflet that goes with a letter, in the language the person gave: what the letter is and what can be done.

It is information and has no effect; the French letter alone has. A language is one file of ``words/leaflets``, drawn by
fonts that lie in ``fonts/``. Its words are frozen with the letter it goes with. It names nobody.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from shared.contract.letter_kinds import LetterKind

TEMPLATE = "leaflet-1.typ"
Sentence = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=260)]


class LeafletLanguage(BaseModel):
    """All words of one language. ``reviewed``: a translator has read them; ``fonts``: tried in order, letter by
    letter."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Sentence
    direction: Literal["ltr", "rtl"]
    fonts: Annotated[list[str], Field(min_length=1)]
    reviewed: bool
    title: Sentence
    notice: Sentence
    goes_with: Sentence
    about: Sentence
    todo: Sentence
    help: Sentence
    helped: Annotated[list[Sentence], Field(min_length=1)]
    kinds: Mapping[LetterKind, Sentence]
    acts: Mapping[str, Sentence]


@dataclass(frozen=True)
class Leaflets:
    """The words of every language by its code. ``acts``: what a person may do after each kind, as keys of sentences."""

    languages: Mapping[str, LeafletLanguage]
    acts: Mapping[LetterKind, list[str]]

    @classmethod
    def parse(cls, acts: Mapping[str, list[str]], languages: Mapping[str, Any]) -> Leaflets:
        """From the parsed YAML files. Raises LookupError where a language lacks a sentence or has one too many."""
        by_kind = {LetterKind(kind): found for kind, found in acts.items()}
        every = {act for found in by_kind.values() for act in found}
        read = {code: LeafletLanguage.model_validate(document) for code, document in languages.items()}
        for code, words in read.items():
            wrong = (set(words.kinds) ^ set(by_kind)) | (set(words.acts) ^ every)
            if wrong:
                raise LookupError(f"leaflets of {code}: {sorted(wrong)}")
        return cls(read, by_kind)

    def frozen(self, kind: LetterKind, language: str) -> dict[str, Any] | None:
        """The words that are frozen with a letter of this kind; None where there are none: the letter goes alone."""
        words = self.languages.get(language)
        if words is None or kind not in self.acts:
            return None
        return {
            "language": language,
            "direction": words.direction,
            "fonts": words.fonts,
            "title": words.title,
            "notice": words.notice,
            "goes_with": words.goes_with,
            "sections": [
                {"heading": words.about, "lines": [words.kinds[kind]]},
                {"heading": words.todo, "lines": [words.acts[act] for act in self.acts[kind]]},
                {"heading": words.help, "lines": words.helped},
            ],
        }


def renderable(content: Mapping[str, Any]) -> dict[str, Any] | None:
    """What the layout of the leaflet needs, from the frozen content of its letter; None where it goes alone."""
    frozen: dict[str, Any] | None = content.get("leaflet")
    if frozen is None:
        return None
    office = content["office"]
    about = {"date": content["date"], "number": content["number"], "office": office["name"]}
    return {**frozen, **about, "caisse": office.get("code")}
