"""Measurements: scripts that print figures side by side; refuses to judge them."""
