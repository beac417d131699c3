"""modsvc: a content-moderation classifier service for gender-based hate speech."""

__version__ = "0.1.0"
