"""Evidence that outlives grading: bundles with digests and signatures, pictures, and the page that students hand in."""
