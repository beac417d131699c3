"""Thresholds on Perspective's scale → thresholds on this model's, on somebody's own sample."""
