"""A published pipeline never changes, whichever way one comes: what runs is what was reviewed."""

from django.db import migrations

FIXED = ("pipeline_id", "number", "reference", "text", "document", "digest", "author_id", "drafted_at")
SENTENCE = "a pipeline version that is no draft any more never changes its text"
POSTGRES = f"""
CREATE FUNCTION pipelines_keep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF TG_OP = 'DELETE' THEN RAISE EXCEPTION 'pipeline versions are ended, not deleted'; END IF;
  IF OLD.status <> 'draft' AND ({" OR ".join(f"NEW.{name} IS DISTINCT FROM OLD.{name}" for name in FIXED)}) THEN
    RAISE EXCEPTION '{SENTENCE}';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER pipelines_version_kept BEFORE UPDATE OR DELETE ON pipelines_pipelineversion
  FOR EACH ROW EXECUTE FUNCTION pipelines_keep();
ALTER TABLE pipelines_pipelineversion ENABLE ALWAYS TRIGGER pipelines_version_kept;
"""
SQLITE = [
    f"""CREATE TRIGGER pipelines_version_kept BEFORE UPDATE ON pipelines_pipelineversion
        WHEN OLD.status <> 'draft' AND ({" OR ".join(f"NEW.{name} IS NOT OLD.{name}" for name in FIXED)})
        BEGIN SELECT RAISE(ABORT, '{SENTENCE}'); END""",
    """CREATE TRIGGER pipelines_version_stays BEFORE DELETE ON pipelines_pipelineversion
       BEGIN SELECT RAISE(ABORT, 'pipeline versions are ended, not deleted'); END""",
]


def forwards(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(POSTGRES, params=None)
        return
    for statement in SQLITE:
        schema_editor.execute(statement, params=None)


def backwards(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP TRIGGER pipelines_version_kept ON pipelines_pipelineversion")
        schema_editor.execute("DROP FUNCTION pipelines_keep()")
        return
    for name in ("pipelines_version_kept", "pipelines_version_stays"):
        schema_editor.execute(f"DROP TRIGGER {name}")


class Migration(migrations.Migration):
    dependencies = [("pipelines", "0001_initial")]
    operations = [migrations.RunPython(forwards, backwards)]
