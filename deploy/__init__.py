"""How the platform is run: locally as processes, with containers, on a cluster. Nothing here is imported by a service."""
