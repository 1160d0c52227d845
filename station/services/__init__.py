"""One module a type of service, named as in `config/services` and `station/rules`.

Each has `TABLE`, `site` (from the file to the rules), `uses` (points and what they must be able to do), `essential`
(points without which it stops) and `faults` (what is unsafe or cannot work).
"""
