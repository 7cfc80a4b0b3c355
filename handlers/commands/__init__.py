"""The commands, understood at any step, one module each; `handlers.registry` lists them."""
