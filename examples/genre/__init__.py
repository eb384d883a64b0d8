"""A film's genre from its title: trained in seconds, exported in four versions."""
