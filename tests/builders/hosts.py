"""A web server of a test's own, that tells the truth about a file, or doesn't."""

import contextlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Answers(BaseHTTPRequestHandler):
    """Answers by path: `server.answers[path]` is called with the request and writes what it likes."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.server.asked.append((self.path, dict(self.headers)))
        path = self.path.partition("?")[0]
        with contextlib.suppress(ConnectionError):
            self.server.answers.get(path, not_found)(self)

    def log_message(self, *args):
        pass

    def file(self, body, *, length=None, status=200, **headers):
        """A file, with the length that is announced for it: its own, another one, or none at all (length="")."""
        self.send_response(status)
        if length != "":
            self.send_header("Content-Length", str(len(body) if length is None else length))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = True


def not_found(request):
    request.file(b"", status=404)


@contextlib.contextmanager
def a_server():
    """A server on 127.0.0.1 with `answers`, what it was `asked`, and its `address`."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    server.daemon_threads, server.answers, server.asked = True, {}, []
    server.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
