"""The domain: what a case is and when it is complete. It imports nothing of ours."""
