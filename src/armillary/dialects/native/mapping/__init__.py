"""Between the domain and the wire of Armillary's own API: pure functions both ways, named for what they return."""
