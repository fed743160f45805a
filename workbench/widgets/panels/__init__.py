"""The panels of the app, and the parts that one of them alone has."""
