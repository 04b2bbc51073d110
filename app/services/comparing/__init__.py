"""Comparing: comparisons are made, run by any process until they are done, judged, voted on and followed."""
