"""Other ways to run the kit: in a notebook's cell, in Gradescope's container, and to pack a submission."""
