"""What whoever is not of the caisse sees of a household whose place is protected: neither address nor desk. PURE."""

from __future__ import annotations

from shared.contract.facts import Address, ApplicationFacts

HIDDEN_BODY = "protected"


def without_place(facts: ApplicationFacts) -> ApplicationFacts:
    """The facts of a protected household without its address and without the desk that took the application."""
    address = Address(lodging=facts.address.lodging, domiciled=facts.address.domiciled, protected_location=True)
    deposit = facts.deposit.model_copy(update={"body": HIDDEN_BODY})
    return facts.model_copy(update={"address": address, "deposit": deposit})
