"""Whether a session still counts: its own times, the deny list, and from time to time the provider's word."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, replace

from shared.access.oidc import Grant, Provider, ProviderUnavailable, SignOnInvalid
from shared.access.sessions import TOUCHED_AFTER, Seal, Session
from shared.access.tokens import Revoked
from shared.observability.logs import logger
from shared.settings import Settings

log = logger("session")

ASKED_AGAIN_SECONDS = 60.0
"""When the provider does not answer: sessions run on, and it is asked again after so long."""


@dataclass(frozen=True)
class Resumed:
    """What a request's cookie is worth. ``ended``: the code that says why there is no session, empty where none was.

    ``changed``: the cookie is to be set again. ``known``: the session of the cookie even where it has ended.
    """

    session: Session | None
    ended: str = ""
    changed: bool = False
    known: Session | None = None


class SessionGuard:
    """Opens the sessions of one process."""

    def __init__(self, settings: Settings, provider: Provider, revoked: Revoked) -> None:
        self.settings = settings
        self.provider = provider
        self.seal = Seal(settings)
        self._revoked = revoked
        self._refreshing: dict[str, asyncio.Task[Grant]] = {}

    async def resume(self, cookie: str) -> Resumed:
        """The session of a cookie, as of now."""
        now = time.time()
        session = Session.opened(self.seal, cookie)
        if session is None:
            return Resumed(None)
        ended = session.ended(self.settings, now)
        if not ended and self._revoked(session.sid, session.subject, session.began):
            ended = "session_revoked"
        if ended:
            return Resumed(None, ended, known=session)
        resumed = replace(session, seen=now) if now - session.seen >= TOUCHED_AFTER else session
        if session.refresh_token and now >= session.checked_until:
            try:
                grant = await self._refreshed(session.refresh_token)
            except ProviderUnavailable as error:
                log.warning("provider_unavailable", reason=str(error))
                resumed = replace(resumed, checked_until=now + ASKED_AGAIN_SECONDS)
            except SignOnInvalid:
                return Resumed(None, "session_revoked", known=session)
            else:
                if grant.subject != session.subject or not grant.posts:
                    return Resumed(None, "session_revoked", known=session)
                newer = grant.refresh_token or session.refresh_token
                resumed = replace(resumed, checked_until=grant.checked_until, refresh_token=newer)
                resumed = resumed.with_posts(grant.posts)
        return Resumed(resumed, changed=resumed != session, known=session)

    async def _refreshed(self, refresh_token: str) -> Grant:
        """Ask once, however many requests of one page wait for it."""
        task = self._refreshing.get(refresh_token)
        if task is None:
            task = asyncio.create_task(self.provider.refresh(refresh_token))
            self._refreshing[refresh_token] = task
            task.add_done_callback(lambda _: self._refreshing.pop(refresh_token, None))
        return await asyncio.shield(task)
