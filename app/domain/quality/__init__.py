"""How good a text is as an answer, 0…100, by rules alone: a rubric is a few dimensions that are measured apart."""
