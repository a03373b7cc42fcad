"""Project files (`.rpp`): read a session from one, write a plan into one, take it out again."""
