"""The objects of Artifacts' wire, in its words."""
