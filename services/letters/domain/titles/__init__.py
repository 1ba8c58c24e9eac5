"""The titles of admission: forms of each period, who has one, the life of one, photographs, orders. PURE."""
