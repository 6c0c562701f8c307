Dear staff,
my notebook would not save, so here is what I did: I built the encoder
and the decoder (see the handout), trained them, and the elbow was at 16.
