"""Where tables come from: files, databases, stores and servers, read only where the operator lets them be read.

It knows places, credentials by reference, and rows in stored types; neither our database nor who asked.
"""
