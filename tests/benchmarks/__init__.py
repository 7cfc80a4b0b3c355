"""Benchmarks: each a ratio measured in one run, printed by `make bench`."""
