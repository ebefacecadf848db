"""LISTENS. Flask only here; refuses to write SQL or to send mail."""
