"""Doors for programs: one file per resource over HTTP."""
