"""Listens and decides: arrays in, perceptual targets out. Knows nothing of DAWs, files or plug-ins."""
