"""Statistics are closed formulas over counts and sums, each with its source; B is always compared with A."""
