"""Tables that models are built, judged and watched on: checked and typed on the way in, kept by what they say."""
