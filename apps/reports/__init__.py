"""Documents for people and programs outside: the model card, pinned to what was signed and to the sealed ledger."""
