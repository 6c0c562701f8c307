"""What spares a worker imports by changing how torch and matplotlib are imported; see docs/shortcuts.md."""
