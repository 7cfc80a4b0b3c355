"""Reading what patients send: what a file is, what a disc holds, and what is wrong with it."""
