"""Attributes of a face that somebody consented to have described; nothing here runs unless it is asked for."""
