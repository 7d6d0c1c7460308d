"""How one OS family says a thing and hears the answer. Pure: returns Commands, parses text; asks nobody."""
