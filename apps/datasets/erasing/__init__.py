"""A person's rows by key, and a table without them. Keys are known by salted digests only; knows no database."""
