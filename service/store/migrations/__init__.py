"""The history of the schema; refuses to be edited once it has landed."""
