"""The manners of both doors: they call one service, and turn its refusal into the right answer."""
