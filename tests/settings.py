"""The product's settings, in a home of the run's own and with a hasher that is quick because it is weak.

`DATABASE=postgres` runs the tests on PostgreSQL (tests/databases.py finds one); everything here is handed on to
processes that a test starts, through the environment.
"""

import atexit
import os
import shutil
import tempfile

if "QUAESTOR_HOME" not in os.environ:
    os.environ["QUAESTOR_HOME"] = tempfile.mkdtemp(prefix="quaestor-tests-")
    atexit.register(shutil.rmtree, os.environ["QUAESTOR_HOME"], ignore_errors=True)
os.environ.setdefault("QUAESTOR_LOG_LEVEL", "WARNING")
os.environ.setdefault("TEST_DB_SUFFIX", str(os.getpid()))

from config.settings import *  # noqa: F403
from config.settings import DATABASES, OPTIONS

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
ALLOWED_HOSTS = ["*"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"

if os.environ.get("DATABASE") == "postgres" and not OPTIONS.database_url:
    from config import storage
    from tests.databases import postgres_url

    DATABASES["default"] = storage.postgres(postgres_url())
if DATABASES["default"]["ENGINE"].endswith("postgresql"):
    DATABASES["default"]["CONN_MAX_AGE"] = 0
    DATABASES["default"]["TEST"] = {"NAME": f"quaestor_test_{os.environ['TEST_DB_SUFFIX']}"}
else:
    # Nothing here has to survive a power cut.
    DATABASES["default"]["OPTIONS"]["init_command"] += "; PRAGMA synchronous=OFF"
    DATABASES["default"]["TEST"] = {"NAME": os.path.join(os.environ["QUAESTOR_HOME"], "test.sqlite3")}
