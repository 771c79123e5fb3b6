"""What an approved matter does, by kind: `changes` gets this table once, in plain sight."""

from archives.changes.effects import Effect

EFFECTS: dict[str, Effect] = {}
