"""DOES. One verb, one function; refuses to commit."""
