"""Owner and app role of a test's own, made by the script that production uses."""

import contextlib
import secrets
from collections.abc import Iterator

TABLES = "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"


@contextlib.contextmanager
def make_roles(connection, script: str) -> Iterator[tuple[str, str]]:
    """Run the script's statements on the open database with names of their own, and hand its tables to the owner."""
    suffix = secrets.token_hex(4)
    owner, app, database = f"quaestor_owner_{suffix}", f"quaestor_app_{suffix}", connection.settings_dict["NAME"]
    for old, new in (
        ("quaestor_owner", owner),
        ("quaestor_app", app),
        ("DATABASE quaestor", f'DATABASE "{database}"'),
    ):
        script = script.replace(old, new)
    lines = [line for line in script.splitlines() if not line.startswith(("\\", "--"))]
    sql = "\n".join(lines).replace(":'owner_password'", "'owner'").replace(":'app_password'", "'app'")
    statements = [part for part in sql.split(";") if part.strip() and not part.strip().startswith("CREATE DATABASE")]
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
        cursor.execute(f'ALTER DATABASE "{database}" OWNER TO {owner}')
        cursor.execute(TABLES)
        for (table,) in cursor.fetchall():
            cursor.execute(f'ALTER TABLE "{table}" OWNER TO {owner}')
            cursor.execute(f'GRANT SELECT, INSERT, UPDATE, DELETE ON "{table}" TO {app}')
    try:
        yield owner, app
    finally:
        with connection.cursor() as cursor:
            for role in (app, owner):
                cursor.execute(f"REASSIGN OWNED BY {role} TO CURRENT_USER; DROP OWNED BY {role}; DROP ROLE {role}")
