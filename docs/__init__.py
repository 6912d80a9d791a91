"""Documents; `python -m docs.draw` draws the generated ones from the code."""
