"""TICKS. The clock and the jobs, RQ only here; refuses to speak HTTP."""
