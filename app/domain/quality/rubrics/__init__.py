"""One file per rubric: its dimensions, their weights, and how each is measured."""
