"""The design's budgets, measured: each as a ratio of two things done side by side in one run."""
