"""What the words mean: frozen objects, ids, errors, state machines; pure, no I/O."""
