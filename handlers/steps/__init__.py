"""The steps of the conversation, one module each; `handlers.registry` lists them."""
