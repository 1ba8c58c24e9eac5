"""Documents of reporting as PDF: the guide of indicators, and the monthly sheet of a caisse."""
