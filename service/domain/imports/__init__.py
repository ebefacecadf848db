"""Lists of people from elsewhere: read, understood, ruled on row by row; refuses to bring anybody back who left."""
