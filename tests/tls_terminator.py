"""TLS in front of a database server, as poolers and proxies give it: the embedded server is built without."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SSL_REQUEST = bytes.fromhex("0000000804d2162f")
REFUSAL = b"SFATAL\0C28000\0Mno encryption, no entry\0\0"


@contextmanager
def tls_before(address: tuple[str, int], certificate: Path) -> Iterator[int]:
    """The port of a door that takes nobody but over TLS and leads to `address`. `certificate`: key and certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with socket.create_server(("", 0)) as door:
        threading.Thread(target=_welcome, args=(door, address, context), daemon=True).start()
        yield int(door.getsockname()[1])
        door.shutdown(socket.SHUT_RDWR)


def _welcome(door: socket.socket, address: tuple[str, int], context: ssl.SSLContext) -> None:
    with contextlib.suppress(OSError):
        while True:
            line, _ = door.accept()
            threading.Thread(target=_lead, args=(line, address, context), daemon=True).start()


def _lead(line: socket.socket, address: tuple[str, int], context: ssl.SSLContext) -> None:
    with contextlib.suppress(OSError), line:
        if line.recv(len(SSL_REQUEST), socket.MSG_WAITALL) != SSL_REQUEST:
            line.sendall(b"E" + (len(REFUSAL) + 4).to_bytes(4, "big") + REFUSAL)
            return
        line.sendall(b"S")
        with context.wrap_socket(line, server_side=True) as inside, socket.create_connection(address) as server:
            back = threading.Thread(target=_pump, args=(server, inside), daemon=True)
            back.start()
            _pump(inside, server)
            back.join()


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
    with contextlib.suppress(OSError):
        sink.shutdown(socket.SHUT_WR)
