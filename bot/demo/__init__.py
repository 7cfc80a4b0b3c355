"""The demonstration: an invented patient, played through the real program."""
