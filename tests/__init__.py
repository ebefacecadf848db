"""The tests, in the same rooms as the code; see tests/parts for the real servers they use."""
