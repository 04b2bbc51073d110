"""Batches: received line by line, run as jobs through the same services as requests, or by a provider's own batches."""
