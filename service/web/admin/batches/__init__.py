"""Batches at the desk: drafted, tried, confirmed, followed, ended; refuses to decide who gets what: the domain does."""
