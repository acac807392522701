"""A published policy never changes, whichever way one comes: the text and what it means, who wrote it and its number."""

from django.db import migrations

FIXED = ("policy_id", "number", "reference", "text", "document", "digest", "author_id", "drafted_at")
SENTENCE = "a policy version that is no draft any more never changes its text"
POSTGRES = f"""
CREATE FUNCTION policies_keep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF TG_OP = 'DELETE' THEN RAISE EXCEPTION 'policy versions are ended, not deleted'; END IF;
  IF OLD.status <> 'draft' AND ({" OR ".join(f"NEW.{name} IS DISTINCT FROM OLD.{name}" for name in FIXED)}) THEN
    RAISE EXCEPTION '{SENTENCE}';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER policies_version_kept BEFORE UPDATE OR DELETE ON policies_policyversion
  FOR EACH ROW EXECUTE FUNCTION policies_keep();
ALTER TABLE policies_policyversion ENABLE ALWAYS TRIGGER policies_version_kept;
"""
SQLITE = [
    f"""CREATE TRIGGER policies_version_kept BEFORE UPDATE ON policies_policyversion
        WHEN OLD.status <> 'draft' AND ({" OR ".join(f"NEW.{name} IS NOT OLD.{name}" for name in FIXED)})
        BEGIN SELECT RAISE(ABORT, '{SENTENCE}'); END""",
    """CREATE TRIGGER policies_version_stays BEFORE DELETE ON policies_policyversion
       BEGIN SELECT RAISE(ABORT, 'policy versions are ended, not deleted'); END""",
]


def forwards(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(POSTGRES, params=None)
        return
    for statement in SQLITE:
        schema_editor.execute(statement, params=None)


def backwards(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP TRIGGER policies_version_kept ON policies_policyversion")
        schema_editor.execute("DROP FUNCTION policies_keep()")
        return
    for name in ("policies_version_kept", "policies_version_stays"):
        schema_editor.execute(f"DROP TRIGGER {name}")


class Migration(migrations.Migration):
    dependencies = [("policies", "0001_initial")]
    operations = [migrations.RunPython(forwards, backwards)]
