"""What a network or a whole path is worth, measured on labelled data through the same calls that users make."""
