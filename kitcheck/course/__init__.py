"""A class: its groups, their kits, what each attempt earned, and the grades that follow from it."""
