"""The tests. README.md says what lives where."""
