"""Where a process stands among those that share a base: which shard is its own, and where the others answer."""

from __future__ import annotations

import re
import ssl
from dataclasses import dataclass

from shared.settings import Settings

Address = tuple[str, int]


class InvalidShards(ValueError):
    """The settings of the shards contradict each other; the text names the variable."""


@dataclass(frozen=True, slots=True)
class ShardPlace:
    """``part``: the own shard, counted from 0, and how many there are; ``peers``: of each shard, who holds it."""

    part: tuple[int, int]
    listen: Address
    peers: tuple[tuple[Address, ...], ...]
    server_tls: ssl.SSLContext | None = None
    client_tls: ssl.SSLContext | None = None


def place_of(settings: Settings) -> ShardPlace | None:
    """The place of this process; None where each holds the whole base. Raises InvalidShards."""
    if not settings.dedup_shard:
        return None
    written = re.fullmatch(r"([1-9]\d{0,2})/([1-9]\d{0,2})", settings.dedup_shard)
    if not written or not int(written[1]) <= int(written[2]):
        raise InvalidShards("AME_DEDUP_SHARD is a number and how many there are, such as 2/4")
    part = int(written[1]) - 1, int(written[2])
    peers = tuple(
        tuple(_address("AME_DEDUP_SHARD_PEERS", one) for one in shard.split("|"))
        for shard in settings.dedup_shard_peers.split(",")
    )
    if len(peers) != part[1]:
        raise InvalidShards(f"AME_DEDUP_SHARD_PEERS names {len(peers)} shards, AME_DEDUP_SHARD {part[1]}")
    listen = _address("AME_DEDUP_SHARD_LISTEN", settings.dedup_shard_listen)
    ca, own = settings.dedup_shard_ca_file, settings.dedup_shard_cert_file
    if ca is None or own is None:
        if settings.profile == "production" or ca or own:
            raise InvalidShards("AME_DEDUP_SHARD_CA_FILE and AME_DEDUP_SHARD_CERT_FILE: shards speak over TLS")
        return ShardPlace(part, listen, peers)
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(ca))
    server.verify_mode = ssl.CERT_REQUIRED
    client = ssl.create_default_context(ssl.Purpose.SERVER_AUTH, cafile=str(ca))
    for context in (server, client):
        context.load_cert_chain(own)
    return ShardPlace(part, listen, peers, server, client)


def _address(variable: str, text: str) -> Address:
    host, _, port = text.strip().rpartition(":")
    if not host or not port.isdigit() or not 0 <= int(port) < 65536:
        raise InvalidShards(f"{variable} wants host:port, not {text!r}")
    return host.strip("[]"), int(port)
