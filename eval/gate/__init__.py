"""Whether a challenger may take the champion's place: no language significantly worse."""
