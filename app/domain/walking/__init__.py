"""How the steps of a flow follow each other: their order as a graph, and what may start once others are settled."""
