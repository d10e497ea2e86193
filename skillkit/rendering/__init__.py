"""Pictures of a MuJoCo model, with or without a screen."""
