"""Dunwell collects invoices by itself: domain (why), use cases (what), adapters (with what)."""
