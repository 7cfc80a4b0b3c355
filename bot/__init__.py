"""The shell: everything that touches the world. It may import handlers and checklist."""
