"""The operations of Armillary's own API, one file a resource."""
