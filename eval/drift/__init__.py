"""How soon the watch of `modsvc.drift` notices a campaign, measured on the project's own texts."""
