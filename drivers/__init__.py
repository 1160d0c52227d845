"""One module for each kind of device; `contract` is the vocabulary they share with the controller."""
