"""Tests of the web chat and the coordinators' desk."""
