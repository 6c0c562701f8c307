"""From results to grades: stored results, overrides by staff, and the grades computed from them."""
