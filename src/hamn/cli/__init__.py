"""Words into one call of a verb; its value into words, and a true exit status."""
