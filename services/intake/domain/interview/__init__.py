"""The interview of a desk: its questions, what was answered, and the application that follows."""
