"""Plugins: what others have installed beside the service, found by entry point and kept within their bounds."""
