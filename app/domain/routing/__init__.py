"""Which model a prompt needs: features, heads that learn from outcomes, and experts that hedge each other."""
