"""The words crashcart thinks in: frozen values, standard library only, no I/O."""
