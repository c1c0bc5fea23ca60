"""Mails: templates and texts by language, and what fills them."""
