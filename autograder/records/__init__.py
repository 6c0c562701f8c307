"""The plain records that everything works on: an assignment, a submission, a result, and where files lie."""
