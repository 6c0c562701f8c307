"""The worker: the only code of ours beside the student's. It holds no answer and no hidden check."""
