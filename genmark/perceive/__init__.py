"""What is in the photo: faces and heads, rooms, tags, captions."""
