"""The embedded stack of `make demo`; refuses to be part of a real installation."""
