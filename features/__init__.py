"""What is graded: one Gherkin feature per checkpoint. The feature file is the rubric."""
