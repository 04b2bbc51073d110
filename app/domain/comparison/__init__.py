"""Comparisons: candidates answer the same inputs outside live traffic and are judged by one rule."""
