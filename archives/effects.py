"""What an approved matter does, by kind: `changes` gets this table once, in plain sight."""

from archives.changes.effects import Effect
from archives.changes.models import Kind
from archives.retention import deleting
from archives.stewardship import merging

EFFECTS: dict[str, Effect] = {
    Kind.DELETE: Effect(
        refuse_if_blocked=deleting.refuse_if_blocked,
        apply=deleting.apply,
        facts=deleting.facts,
        summary=deleting.summary,
    ),
    Kind.MERGE: merging.EFFECT,
}
