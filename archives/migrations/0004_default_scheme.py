"""The thresholds a bank starts with."""

from django.db import migrations
from django.utils import timezone


def forwards(apps, schema_editor):
    from archives.classification.schemes import ensure_default_scheme

    ensure_default_scheme(timezone.now(), apps.get_model("archives", "Scheme"), apps.get_model("archives", "Level"))


class Migration(migrations.Migration):
    dependencies = [("archives", "0003_archive_life")]
    operations = [migrations.RunPython(forwards, migrations.RunPython.noop)]
