"""Results and grades as other systems read them."""
