"""Bytes kept by their sha256: received in a stream, stored once, handed out safely. Knows not what they mean."""
