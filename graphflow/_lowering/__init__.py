"""Op type to rule; JAX begins here."""
