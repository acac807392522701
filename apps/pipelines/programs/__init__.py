"""What runs in the sandbox for pipelines. Imported behind the walls: no Django, no network, no other program."""
