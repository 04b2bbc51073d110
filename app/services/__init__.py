"""Services: the use cases of the product as functions with explicit arguments; no Flask, no SQL."""
