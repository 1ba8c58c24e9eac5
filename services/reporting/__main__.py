"""`python -m services.reporting`: run the service until SIGTERM."""

from services.reporting.app import SERVICE
from shared.service.app import main

if __name__ == "__main__":
    main(SERVICE)
