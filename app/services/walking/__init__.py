"""One walker for all runs: which step is next, who asks for it, and what stands as its output."""
