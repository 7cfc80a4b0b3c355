"""Drafts of translations by a machine: one small interface, and the services behind it."""
