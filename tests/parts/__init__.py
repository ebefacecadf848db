"""The real parts that tests run against: PostgreSQL, Valkey, an SMTP server that keeps a ledger, whole processes."""
