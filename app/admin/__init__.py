"""Doors, pages: an application of its own beside the API, for people with a browser and a key."""
