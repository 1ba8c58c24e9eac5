"""Two records compared: normalisation, features, probability, explanation."""
