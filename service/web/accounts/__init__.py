"""How people come to the desk: signing in, second steps, their own account; refuses to let anybody in with half of it."""
