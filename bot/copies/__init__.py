"""Copies for patients: everything that is kept of a case, to read and as JSON, with the files."""
