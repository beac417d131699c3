"""Whether what comes in is still what the model was made for."""
