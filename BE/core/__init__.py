"""The shared kernel: what every context stands on and no domain knows. Its packages are a stair."""
