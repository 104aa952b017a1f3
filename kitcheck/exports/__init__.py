"""Results and grades as other systems read them: a room for each system."""
