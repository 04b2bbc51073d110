"""A/B tests: written down, started, counted, read and ended; an experiment of policy `fixed`."""
