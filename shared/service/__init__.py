"""The frame of a service: its process, its life, its health."""
