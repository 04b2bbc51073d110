"""What the shipped hooks know: pure rules over texts."""
