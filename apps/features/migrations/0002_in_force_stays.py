"""A version that is no draft any more keeps its words, whichever way one comes to it."""

from django.db import migrations

FIXED = ("view_id", "number", "reference", "text", "document", "digest", "author_id", "drafted_at")
SENTENCE = "a feature view version that is no draft any more never changes its text"
POSTGRES = f"""
CREATE FUNCTION features_keep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF TG_OP = 'DELETE' THEN RAISE EXCEPTION 'feature view versions are ended, not deleted'; END IF;
  IF OLD.status <> 'draft' AND ({" OR ".join(f"NEW.{name} IS DISTINCT FROM OLD.{name}" for name in FIXED)}) THEN
    RAISE EXCEPTION '{SENTENCE}';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER features_version_kept BEFORE UPDATE OR DELETE ON features_featureviewversion
  FOR EACH ROW EXECUTE FUNCTION features_keep();
ALTER TABLE features_featureviewversion ENABLE ALWAYS TRIGGER features_version_kept;
"""
SQLITE = [
    f"""CREATE TRIGGER features_version_kept BEFORE UPDATE ON features_featureviewversion
        WHEN OLD.status <> 'draft' AND ({" OR ".join(f"NEW.{name} IS NOT OLD.{name}" for name in FIXED)})
        BEGIN SELECT RAISE(ABORT, '{SENTENCE}'); END""",
    """CREATE TRIGGER features_version_stays BEFORE DELETE ON features_featureviewversion
       BEGIN SELECT RAISE(ABORT, 'feature view versions are ended, not deleted'); END""",
]


def forwards(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(POSTGRES, params=None)
        return
    for statement in SQLITE:
        schema_editor.execute(statement, params=None)


def backwards(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP TRIGGER features_version_kept ON features_featureviewversion")
        schema_editor.execute("DROP FUNCTION features_keep()")
        return
    for name in ("features_version_kept", "features_version_stays"):
        schema_editor.execute(f"DROP TRIGGER {name}")


class Migration(migrations.Migration):
    dependencies = [("features", "0001_initial")]
    operations = [migrations.RunPython(forwards, backwards)]
