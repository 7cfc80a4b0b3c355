"""Questions asked in between, one module each. They have the shape of a step and return to it."""
