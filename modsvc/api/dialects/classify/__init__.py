"""infinity's classifier: `POST /classify`."""
