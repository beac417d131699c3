"""A month of a platform, in one command: traffic, reviewers, retraining, the gate, and back."""
