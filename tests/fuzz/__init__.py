"""Fuzzing: any bytes and any words, and what may never come of them."""
