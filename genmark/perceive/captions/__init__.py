"""Captions of photos: by networks of others, and by one of our own that says only what the tags of a photo say."""
