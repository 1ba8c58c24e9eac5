"""The five services, each of which imports only itself and ``shared``."""
