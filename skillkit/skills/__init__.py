"""Skill files: their card, their contract with a world, and the bundled library."""
