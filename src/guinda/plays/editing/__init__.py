"""A play as a form, whose fields and the TOML are the same values.

`parts` says how each kind of field is written, `shape` which fields there are, and `tree` reads what a browser sent. Nothing is judged
here: that is done by `definition` and `checking`, whose faults name the form's fields.
"""
