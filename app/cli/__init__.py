"""Doors for people at a terminal (click)."""
