"""Tests of what is carried from place to place."""
