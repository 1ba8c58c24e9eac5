"""``python -m services.letters``"""

from services.letters.app import SERVICE
from shared.service.app import main

if __name__ == "__main__":
    main(SERVICE)
