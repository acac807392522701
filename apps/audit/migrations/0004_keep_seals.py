"""Tiles, checkpoints, verifications and exports are append-only like the ledger; an erasure takes the index along.

The field changes of an entry repeat what its payload says, so where the payload may go, they must go too.
"""

from django.db import migrations

KEYS = {
    "audit_tile": "id = NEW.id OR (level = NEW.level AND number = NEW.number)",
    "audit_checkpoint": "size = NEW.size",
    "audit_verification": "id = NEW.id",
    "audit_export": "id = NEW.id OR reference = NEW.reference",
}
POSTGRES = """
DROP TRIGGER audit_fieldchange_fixed ON audit_fieldchange;
CREATE TRIGGER audit_fieldchange_fixed BEFORE UPDATE OR DELETE ON audit_fieldchange
  FOR EACH ROW EXECUTE FUNCTION audit_erase();
ALTER TABLE audit_fieldchange ENABLE ALWAYS TRIGGER audit_fieldchange_fixed;
""" + "".join(f"""
CREATE TRIGGER {table}_fixed BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER {table}_kept BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();
ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_fixed;
ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_kept;
""" for table in KEYS)
SQLITE = [
    "DROP TRIGGER audit_fieldchange_delete",
    """CREATE TRIGGER audit_fieldchange_delete BEFORE DELETE ON audit_fieldchange
       WHEN NOT EXISTS (SELECT 1 FROM audit_erasure WHERE entry_id = OLD.entry_id)
       BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: delete on audit_fieldchange'); END""",
] + [f"""CREATE TRIGGER {table}_{verb} BEFORE {verb} ON {table}
       BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: {verb} on {table}'); END"""
     for table in KEYS for verb in ("update", "delete")
] + [f"""CREATE TRIGGER {table}_new BEFORE INSERT ON {table} WHEN EXISTS (SELECT 1 FROM {table} WHERE {keys})
       BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: replace on {table}'); END"""
     for table, keys in KEYS.items()]


def guard(apps, editor):
    statements = [POSTGRES] if editor.connection.vendor == "postgresql" else SQLITE
    for statement in statements:
        editor.execute(statement, params=None)


class Migration(migrations.Migration):
    dependencies = [("audit", "0003_sealing")]
    operations = [migrations.RunPython(guard)]
