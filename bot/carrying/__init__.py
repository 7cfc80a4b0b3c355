"""Taking all that is kept from one place to another: move, backup, restore."""
