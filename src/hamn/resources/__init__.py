"""One module per kind of resource: what tells that a machine holds it, the steps to take and give it back."""
