"""A fake Sentry that records what it is sent."""

import gzip
import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from threading import Thread
from typing import Any


class FakeSentry:
    def __init__(self, port: int) -> None:
        self.dsn = f"http://public@127.0.0.1:{port}/1"
        self.envelopes: list[str] = []

    @property
    def reports(self) -> list[dict[str, Any]]:
        """The events in the envelopes: a header, then a header and a line for each item."""
        lines = [line for envelope in self.envelopes for line in envelope.splitlines() if line]
        return [
            json.loads(content)
            for header, content in pairwise(lines)
            if '"type":"event"' in header.replace(" ", "") and "exception" in content
        ]

    def of(self, route: str) -> dict[str, Any]:
        return next(report for report in self.reports if report["transaction"] == route)


@contextmanager
def fake_sentry() -> Iterator[FakeSentry]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            sentry.envelopes.append(body.decode())
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    sentry = FakeSentry(server.server_port)
    serving = Thread(target=server.serve_forever)
    serving.start()
    try:
        yield sentry
    finally:
        server.shutdown()
        serving.join()
        server.server_close()
