"""Who is told what: inbox, e-mail, signed webhooks. Reads the ledger; later rooms say which events concern whom."""
