"""Configuration as files: what people author is written down as YAML, compared with the store, and applied to it."""
