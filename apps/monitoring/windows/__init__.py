"""How a window is closed: its rows gathered, joined with outcomes, measured, and judged."""
