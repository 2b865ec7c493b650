"""Between Artifacts' wire and the domain: pure functions, named for what they return."""
