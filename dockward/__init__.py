"""The front door: one console program over the library, and the demo that joins what is built so far."""
