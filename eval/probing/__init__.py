"""Who probes the model for evasions, what it costs them, and who is taken for one."""
