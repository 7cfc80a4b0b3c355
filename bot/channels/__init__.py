"""The ways by which patients reach the assistant. One module each, listed in `registry`."""
