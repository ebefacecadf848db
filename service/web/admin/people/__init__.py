"""Readers, lists of them, and what became of their letters; refuses to show where and when somebody reads."""
