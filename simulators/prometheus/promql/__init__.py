"""The part of PromQL that is simulated: selectors, numbers, comparisons and arithmetic with them, sums, rates."""
