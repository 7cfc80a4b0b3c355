"""Runs that are too long for `make test`."""
