"""text-embeddings-inference's classifier: `POST /predict`."""
