"""Discs as patients send them, made by other people's programs, and what must be found on each."""
