"""How the platform is run: as local processes, in containers, on a cluster. No service imports anything from here."""
