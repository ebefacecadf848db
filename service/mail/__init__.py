"""SPEAKS. From a letter's source to bytes on a wire; refuses to know a database."""
