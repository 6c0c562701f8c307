"""The worker: the only kit code that runs beside student code. It contains no answer and no hidden check."""
