"""Another model while the service runs: changing to it, or having it score in the shadow."""
