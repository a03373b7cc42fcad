"""Mixes a vocal into its backing with the plug-ins of REAPER, and says why."""

__version__ = "0.1.0"
