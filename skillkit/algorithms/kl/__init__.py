"""KL-regularized hierarchies (Tirumala et al. 2020)."""
