"""What a study of brands found, as one page that an analyst hands over: numbers, and how far they can be trusted."""
