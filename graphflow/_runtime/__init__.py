"""Things that live: sessions, executables, variable values."""
