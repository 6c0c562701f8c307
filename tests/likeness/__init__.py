"""A class whose copies are known: authors who write by themselves, and disguises of what they wrote."""
