"""Jobs: work that takes longer than a turn, and is done in the end even if the process dies."""
