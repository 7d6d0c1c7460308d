"""What hamn can say, as values: a code, a severity, a place. Front ends put them into words for their medium."""
