"""How a database came to the tables of `modsvc.store.tables`, step by step.

`python -m modsvc.store.migrations "What changes"` writes the next step from what `tables` has
and the steps before it make; read it, and say in it what happens to existing rows.
"""
