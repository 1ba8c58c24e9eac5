"""``python -m services.decision``"""

from services.decision.app import SERVICE
from shared.service import main

if __name__ == "__main__":
    main(SERVICE)
