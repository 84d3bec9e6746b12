"""Gathering pictures from the web, politely."""
