"""Work that takes longer than a request: durable, cancellable, done once in effect. Knows kinds by name only."""
