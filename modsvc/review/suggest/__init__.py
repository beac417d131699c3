"""What is worth a person's minute: texts that nobody was asked about, and why they should be."""
