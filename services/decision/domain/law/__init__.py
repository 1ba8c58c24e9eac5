"""The law as dated data: values, references, interpretations, and how its delays are counted."""
