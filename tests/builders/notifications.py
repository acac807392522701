"""A receiver of webhooks on this machine, and rules for the time of a test."""

import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from apps.notifications import rules


class Receiver:
    """Keeps what it is sent, and answers with `status`."""

    def __init__(self):
        self.received, self.status = [], 204
        outer = self

        class Door(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.received.append((dict(self.headers.items()), body))
                self.send_response(outer.status)
                self.end_headers()

            def log_message(self, *args):
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
        self.address = f"http://127.0.0.1:{self.server.server_port}/hooks?of=quaestor"


@contextmanager
def receiver():
    """A receiver that listens until the end."""
    made = Receiver()
    thread = threading.Thread(target=made.server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield made
    finally:
        made.server.shutdown()
        made.server.server_close()


@contextmanager
def only_these_rules():
    """No rules and no reminders but those the test adds."""
    kept = dict(rules._rules), dict(rules._reminders)
    rules._rules.clear()
    rules._reminders.clear()
    try:
        yield
    finally:
        for now, before in zip((rules._rules, rules._reminders), kept, strict=True):
            now.clear()
            now.update(before)
