"""The words by which reports are read: a module for each language, joined in `tables.py`."""
