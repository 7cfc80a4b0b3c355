"""The conversation: what is said next. Functions over values; it may import checklist only."""
