"""Data definition: a reader on tokens for each statement, and what it does."""
