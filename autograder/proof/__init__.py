"""Proves the suites on sample submissions: the corpus, the proof, the calibration, the attacks."""
