"""Projections: tables computed from facts. They prove nothing, and can be dropped and rebuilt equal."""
