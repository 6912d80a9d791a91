"""The dispatcher starts due work once, and again later where it is still due."""
