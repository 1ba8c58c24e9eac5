"""Run the service."""

from services.intake.app import SERVICE
from shared.service.app import main

if __name__ == "__main__":
    main(SERVICE)
