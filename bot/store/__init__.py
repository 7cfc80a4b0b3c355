"""The store: rows, files, and the one way to write them."""
