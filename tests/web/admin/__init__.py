"""Tests of the desk's pages, on a real service with somebody made up in the seat."""
