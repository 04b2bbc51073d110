"""Conversations: kept turn by turn, shown to each model within its window, one turn at a time."""
