"""What coordinators do with a case, one module for each thing; `handlers/coordinators.py` lists them."""
