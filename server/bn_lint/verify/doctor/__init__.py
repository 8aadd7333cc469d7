"""What is installed for an interpreter, what of it fits together, and what verify can do with it."""
