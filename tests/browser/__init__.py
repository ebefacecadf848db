"""Tests in a real browser, against the real pages on a real database."""
