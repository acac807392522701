from django.db import migrations

from apps.accounts.sealing import opened, rewritten, sealed


def change_all(change):
    def run(apps, schema_editor):
        for row in apps.get_model("mfa", "Authenticator").objects.all():
            row.data = rewritten(row.data, change)
            row.save(update_fields=["data"])

    return run


class Migration(migrations.Migration):
    """The secrets of one-time and recovery codes, encrypted from now on."""

    dependencies = [("accounts", "0004_words_of_states"), ("mfa", "0003_authenticator_type_uniq")]

    operations = [migrations.RunPython(change_all(sealed), change_all(opened))]
