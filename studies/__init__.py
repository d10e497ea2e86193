"""Experiments whose results are pages of docs/results: what is trained, and how its page is written."""
