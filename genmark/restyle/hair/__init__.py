"""Hair: the customer's own pixels, in another colour."""
