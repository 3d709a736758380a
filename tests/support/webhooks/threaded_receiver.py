"""A receiver in its own thread, for tests whose thread a browser occupies."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from queue import SimpleQueue
from threading import Thread
from typing import Any

from standardwebhooks import Webhook

from tests.support.processes.server import PATIENCE


@dataclass
class ThreadedReceiver:
    port: int
    status: int = 200
    messages: SimpleQueue[tuple[bytes, dict[str, str]]] = field(default_factory=SimpleQueue)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    def next_event(self, secret: str) -> dict[str, Any]:
        """The next message, verified by the library that receivers use."""
        body, headers = self.messages.get(timeout=PATIENCE)
        event: dict[str, Any] = Webhook(secret).verify(body, headers)
        return event


@contextmanager
def receiving_in_a_thread() -> Iterator[ThreadedReceiver]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.messages.put((body, dict(self.headers)))
            self.send_response(receiver.status)
            self.end_headers()
            self.wfile.write(b"the receiver's words")

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    receiver = ThreadedReceiver(server.server_port)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
