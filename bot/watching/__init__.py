"""How an operator sees from outside whether all is well: measures, readiness, traces."""
