"""Perspective (the Comment Analyzer): `/v1alpha1/comments:analyze` and `:suggestscore`."""
