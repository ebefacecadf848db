"""Programmes and letters: written, looked at, reviewed, published, lived through; refuses to say who reads them."""
