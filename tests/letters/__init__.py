"""Letters to hospitals."""
