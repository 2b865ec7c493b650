"""The resources of Armillary's own API as they stand on the wire, one file a resource."""
