"""Calibration shows by simulation how well the allocator decides and A/B statistics hold; docs/calibration.md tells.

One use case is played many times: sessions go to flows by shares that are constant inside a tick, some send feedback,
sooner or later, and a rule answers the next shares. What is counted follows from the true means alone, never from what
a rule believes. Files that begin with `ab_` are about A/B tests, which grow by one opinion at a time.
"""
