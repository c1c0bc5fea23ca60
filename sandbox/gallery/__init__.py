"""Every mail in every language, to look at."""
