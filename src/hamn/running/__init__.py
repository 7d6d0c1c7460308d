"""Carries out any plan: begin, run, look, end; side by side where the graph allows; a limit on everything."""
