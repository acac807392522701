"""A proxy that stands between the client and the server, and fails in the ways that proxies and networks do."""

import contextlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import requests

HOP = {"connection", "transfer-encoding", "content-encoding", "content-length", "server", "date"}


class Proxy(BaseHTTPRequestHandler):
    """Each request takes the next of `faults`; when there are none left, it forwards."""

    protocol_version = "HTTP/1.1"
    server: "ThreadingHTTPServer"

    def do_GET(self):
        self._serve()

    def do_POST(self):
        self._serve()

    def log_message(self, *told):
        pass

    def _serve(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.seen.append((self.command, self.path, self.headers.get("Idempotency-Key")))
        fault = self.server.faults.pop(0) if self.server.faults else "forward"
        getattr(self, f"_{fault}")(body)

    def _forward(self, body):
        answer = self._asked(body)
        kept = {name: value for name, value in answer.headers.items() if name.lower() not in HOP}
        self._say(answer.status_code, answer.content, kept)

    def _lose_the_answer(self, body):
        """The server did it; nobody hears of it."""
        self._asked(body)
        self.close_connection = True

    def _drop(self, body):
        self.close_connection = True

    def _bad_gateway(self, body):
        self._say(502, b"<html>Bad gateway</html>", {"Content-Type": "text/html"})

    def _later(self, body):
        self._say(429, b"{}", {"Content-Type": "application/json", "Retry-After": "1"})

    def _log_in(self, body):
        self._say(200, b"<html>Log in</html>", {"Content-Type": "text/html"})

    def _elsewhere(self, body):
        self._say(301, b"", {"Location": "https://quaestor.example/"})

    def _cut_short(self, body):
        self._say(200, b'{"outcome": ', {"Content-Type": "application/json"}, announced=500)

    def _hang(self, body):
        self.server.release.wait(10)
        self.close_connection = True

    def _asked(self, body):
        headers = {name: value for name, value in self.headers.items() if name.lower() not in ("host", "connection")}
        return requests.request(
            self.command,
            self.server.behind + self.path,
            data=body,
            headers=headers,
            timeout=30,
            allow_redirects=False,
        )

    def _say(self, status, body, headers, announced=None):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(announced or len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = bool(announced)


@contextlib.contextmanager
def before(behind, *faults):
    """A proxy before the server at `behind`; its address is `url`, what it was asked is `seen`."""
    proxy = ThreadingHTTPServer(("127.0.0.1", 0), Proxy)
    proxy.behind, proxy.faults, proxy.seen, proxy.release = behind, list(faults), [], threading.Event()
    proxy.url = f"http://127.0.0.1:{proxy.server_port}"
    threading.Thread(target=proxy.serve_forever, daemon=True).start()
    try:
        yield proxy
    finally:
        proxy.release.set()
        proxy.shutdown()
        proxy.server_close()
