"""Training and measuring the estimators of difficulty, on a file of outcomes that the caller names."""
