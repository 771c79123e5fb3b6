from django.core.management.base import BaseCommand, CommandError

from crm.privacy.rotation import encrypted_columns, rotate_column


class Command(BaseCommand):
    help = "Write every encrypted cell anew under the first key of FIELD_KEYS; may be broken off and run again."

    def add_arguments(self, parser):
        parser.add_argument("--chunk", type=int, default=1000, help="cells a transaction")

    def handle(self, *, chunk, **options):
        written = unreadable = 0
        for model, field in encrypted_columns():
            tally = rotate_column(model, field, size=max(1, chunk))
            written, unreadable = written + tally.written, unreadable + tally.unreadable
            if tally.written or tally.unreadable:
                told = f"{model._meta.db_table}.{field.column}: {tally.written} written anew"
                self.stdout.write(told + (f", {tally.unreadable} unreadable" if tally.unreadable else ""))
        if unreadable:
            raise CommandError(f"{unreadable} cells cannot be read: their key is missing in FIELD_KEYS. Keep old keys.")
        self.stdout.write(f"{written} cells written anew; older keys are no longer needed.")
