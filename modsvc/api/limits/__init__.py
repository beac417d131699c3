"""What one key may ask: how many texts, and how often nearly the same one."""
