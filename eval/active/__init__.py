"""Do chosen labels teach more than random ones? A simulation on gold labels."""
