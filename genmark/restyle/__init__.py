"""The same photo, otherwise: one folder per kind of picture, one module per way to change it."""
