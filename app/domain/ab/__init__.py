"""An A/B test is an experiment of policy `fixed`: units are randomised to arms, and arms are compared honestly."""
