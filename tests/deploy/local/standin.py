"""Stands in for a service in the tests of the supervisor: answers /ready, speaks JSON, stops on SIGTERM."""

import json
import os
import signal
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/ready" else 404)
        self.end_headers()
        self.wfile.write(json.dumps({"pid": os.getpid(), "database": os.environ["AME_DATABASE_NAME"]}).encode())

    def log_message(self, *_: object) -> None:
        """No access log."""


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    entry = {"timestamp": "2026-11-23T08:00:00Z", "level": "info", "event": "up", "role": os.environ["AME_ROLE"]}
    print(json.dumps(entry), flush=True)
    HTTPServer((os.environ["AME_HTTP_HOST"], int(os.environ["AME_HTTP_PORT"])), Handler).serve_forever()
