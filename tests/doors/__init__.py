"""Tests of the doors: settings, command line, the web process as a whole."""
