"""What every page of station and registry shares: base template, words, style, live updates, serving.

Never reads the journal, the store or any wire: pages show values that somebody else looked up.
"""
