"""Painters turn pictures into pictures."""
