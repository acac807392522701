"""MLflow's way of asking for runs and other things: its filter and order strings, read here and put to the database.

`tokens` cuts a string up, `grammar` reads clauses by a vocabulary, and one file for each kind of thing turns clauses
into conditions. What was typed reaches the database as a parameter, never as a part of a statement.
"""
