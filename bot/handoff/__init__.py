"""What is handed over: the package with its cover page, and the notices that say so."""
