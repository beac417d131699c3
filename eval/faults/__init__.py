"""What the service promises for bad days, tried on a real one: `python -m eval faults`.

Each fault starts `modsvc serve` on a real socket, does something to it that networks, clients,
disks, clocks and operators do, and compares what came of it with a promise. The outcomes stand in
docs/operations.md.
"""
