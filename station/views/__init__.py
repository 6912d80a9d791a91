"""View models: what a page, the panel or a topic shows, as plain values. Never a name, never a wire, never a clock."""
