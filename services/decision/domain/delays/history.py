"""Questions to a list of dated acts: the first of a kind, appeals and requests by number."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from services.decision.domain.delays import acts as a


def insert(story: list[a.Act], act: a.Act) -> None:
    """Put an act at the end of its day."""
    position = next((place for place, one in enumerate(story) if one.on > act.on), len(story))
    story.insert(position, act)


def first(story: Iterable[a.Act], kind: type[a.Act]) -> a.Act | None:
    """The first act of this kind; None when there is none."""
    return next((act for act in story if isinstance(act, kind)), None)


def numbered_appeals(story: Sequence[a.Act]) -> list[tuple[int, a.AppealFiled]]:
    """The appeals with their numbers; one without a number has that of its place."""
    filed = [act for act in story if isinstance(act, a.AppealFiled)]
    return [(act.number or place, act) for place, act in enumerate(filed, 1)]


def answer_to(story: Sequence[a.Act], number: int) -> a.AppealSettled | None:
    """The first answer to an appeal, by silence or written."""
    return next(iter(answers_to(story, number)), None)


def answers_to(story: Sequence[a.Act], number: int) -> list[a.AppealSettled]:
    """The answers to an appeal in order: a written one may follow that of silence. One without a number is to the last
    appeal filed before it."""
    seen, found = 0, []
    for act in story:
        if isinstance(act, a.AppealFiled):
            seen = act.number or seen + 1
        elif isinstance(act, a.AppealSettled) and (act.number or seen) == number:
            found.append(act)
    return found


def numbered_requests(story: Sequence[a.Act]) -> list[tuple[int, a.PapersRequested, a.Act | None]]:
    """The requests for papers by number, each with what ended it before its last day, if anything did."""
    asked = [act for act in story if isinstance(act, a.PapersRequested)]
    numbered = [(act.number or place, act) for place, act in enumerate(asked, 1)]
    found: list[tuple[int, a.PapersRequested, a.Act | None]] = []
    for number, request in numbered:
        ended: a.Act | None = None
        for act in story:
            if isinstance(act, a.PapersReceived) and act.complete and act.on >= request.on:
                latest = max((one for one, other in numbered if other.on <= act.on), default=number)
                if (act.number or latest) == number:
                    produced = max(act.produced_on or act.on, request.on)
                    ended = act.model_copy(update={"on": produced})
                    break
        if request.ended_on is not None and (ended is None or request.ended_on < ended.on):
            ended = request.model_copy(update={"on": request.ended_on})
        found.append((number, request, ended))
    return found
