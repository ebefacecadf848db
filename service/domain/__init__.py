"""DECIDES. Values in, values out; refuses to read, write, wait or look at a clock."""
