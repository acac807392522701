"""Write an event by one statement on PostgreSQL, and look for its place once.

`audit_write` keeps the plans of its three inserts for a session; apps.audit.writing calls it, and spells them out on
SQLite. A place is looked for by the leaf's own guard, which also refuses one that another hand gives. Of the indexes
for prefixes that came with the text columns, only the verb's is read ("findings.").
"""

from django.db import migrations

POSTGRES = """
CREATE FUNCTION audit_write(
  verb text, actor text, occurred_at timestamptz, cause text, subject_kind text, subject_reference text,
  root_reference text, digest bytea, salt bytea, body text, moved jsonb
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE entry bigint;
BEGIN
  INSERT INTO audit_entry
    (verb, actor, occurred_at, cause, subject_kind, subject_reference, root_reference, digest)
    VALUES (verb, actor, occurred_at, cause, subject_kind, subject_reference, root_reference, digest)
    RETURNING id INTO entry;
  INSERT INTO audit_payload (entry_id, salt, body) VALUES (entry, salt, body);
  IF moved <> '[]' THEN
    INSERT INTO audit_fieldchange (entry_id, row_kind, row_reference, field, before, after)
      SELECT entry, row_kind, row_reference, field, before, after FROM jsonb_to_recordset(moved)
        AS index (row_kind text, row_reference text, field text, before jsonb, after jsonb);
  END IF;
END $$;
CREATE OR REPLACE FUNCTION audit_place() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  INSERT INTO audit_leaf (entry_id) VALUES (NEW.id);
  RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION audit_next() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE place bigint;
BEGIN
  PERFORM pg_advisory_xact_lock(7001);
  place := coalesce((SELECT seq FROM audit_leaf ORDER BY seq DESC LIMIT 1), -1) + 1;
  IF NEW.seq <> place THEN
    RAISE EXCEPTION 'the ledger has no gaps';
  END IF;
  NEW.seq := place;
  RETURN NEW;
END $$;
"""
UNREAD = ("actor", "subject_reference", "root_reference")


def write_at_once(apps, editor):
    if editor.connection.vendor != "postgresql":
        return
    editor.execute(POSTGRES, params=None)
    with editor.connection.cursor() as cursor:
        found = editor.connection.introspection.get_constraints(cursor, "audit_entry")
    for name, index in found.items():
        if name.endswith("_like") and index["columns"][0] in UNREAD:
            editor.execute(f"DROP INDEX {editor.quote_name(name)}")


class Migration(migrations.Migration):
    dependencies = [("audit", "0004_keep_seals")]
    operations = [migrations.RunPython(write_at_once)]
