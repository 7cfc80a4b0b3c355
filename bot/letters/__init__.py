"""Letters to hospitals: a letter's parts as text and as a PDF."""
