"""Run the service."""

import gc


def main() -> None:
    """Run the service."""
    gc.disable()  # what the start loads stays: `shared.service.app` turns collections on again once started
    from services.intake.app import SERVICE
    from shared.service.app import main as serve

    serve(SERVICE)


if __name__ == "__main__":
    main()
