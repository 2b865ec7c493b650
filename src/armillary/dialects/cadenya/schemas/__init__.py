"""Cadenya's objects in Cadenya's words, one file a resource."""
