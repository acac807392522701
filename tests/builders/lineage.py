"""OpenLineage events as a client sends them, and a system that is told of them."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from uuid import UUID

RUN = UUID("3f5e83fa-3480-44ff-99c5-ff943904e5e8")


def an_event(kind, *, at="2026-11-24T10:00:00Z", inputs=(), outputs=(), run=RUN):
    return {
        "eventType": kind,
        "eventTime": at,
        "producer": "https://example.com/nightly",
        "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent",
        "run": {"runId": str(run), "facets": {"nominalTime": {"nominalStartTime": at}}},
        "job": {"namespace": "airflow", "name": "nightly"},
        "inputs": list(inputs),
        "outputs": list(outputs),
    }


def table(namespace, name, facets=None):
    return {"namespace": namespace, "name": name, "facets": facets or {}}


def columns(namespace="warehouse", **made):
    """A columnLineage facet: made column = (table it comes of, its column there)."""
    fields = {
        column: {"inputFields": [{"namespace": namespace, "name": name, "field": field}]}
        for column, (name, field) in made.items()
    }
    return {"columnLineage": {"fields": fields}}


class Receiver:
    """A real server on loopback: keeps what it is told, and answers `answers` first, then 201."""

    def __enter__(self):
        self.told, self.answers = [], []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                receiver.told.append({"body": body, "authorization": self.headers["Authorization"]})
                self.send_response(receiver.answers.pop(0) if receiver.answers else 201)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *said):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *exception):
        self._server.shutdown()
        self._server.server_close()

    @property
    def address(self):
        return f"http://127.0.0.1:{self._server.server_port}"
