"""`dunwell console`: the book, an invoice's story and settings as pages on this machine, for people who would
rather look than type."""
