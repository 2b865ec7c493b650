"""Pure functions between Cadenya's objects and the domain's, named for what they return."""
