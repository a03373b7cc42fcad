"""Which settings made this? What was done to recordings, found from them and from the result."""
