"""The judge needs a newer Python than the program, and an older Pillow: it is asked where it is there."""

from importlib.util import find_spec

collect_ignore = [] if find_spec("tg_auto_test") else ["test_telegram.py"]
