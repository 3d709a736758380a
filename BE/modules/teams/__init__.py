"""Teams: what belongs to several, and nobody else."""
