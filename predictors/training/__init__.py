"""Tools that make what the predictors know; never imported at run time."""
