"""What every dialect is made of: operations, calls, refusals, cursors, cached replies, OpenAPI documents."""
