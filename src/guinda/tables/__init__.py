"""Spreadsheets in and out: a CSV file is looked at, shown as a change, and written all or nothing.

Words: a *table* (what one file holds: its columns, its key, how it is written), a *kind* (what a cell may hold), a *problem* (row,
column, what was found, what was expected), a *look* (what a file would change), an *upload* (a file sent through the office).
Each room declares its tables in its own `tables.py`. This room knows none of them, and never deletes a row: what a file leaves out stays.
"""
