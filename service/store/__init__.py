"""REMEMBERS. Tables, queries and migrations; refuses to decide."""
