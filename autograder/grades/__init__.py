"""From results to grades: what is stored of a class, what staff changed, what that comes to."""
