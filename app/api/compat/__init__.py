"""Doors that other products had before: their paths, their shapes, this service behind them."""
