"""Whole stations in simulation and a real Chromium: what people see at dock and desk, touched and looked at."""
