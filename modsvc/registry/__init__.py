"""Models and their history: versions that never change, and which of them answers."""
