"""A brand's look, learnt from its posts."""
