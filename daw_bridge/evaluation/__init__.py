"""How good a mix, or who decides on it, is: measures on samples and on plans, no files."""
