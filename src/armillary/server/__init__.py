"""The composition root: settings, app, URL map, lifespan, authentication, logging, health."""
