"""The program `kitcheck`: its commands, and nothing else."""
