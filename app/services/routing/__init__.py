"""The router at work: what it decides, what it learns, and whether it earns its keep."""
