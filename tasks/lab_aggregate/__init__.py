"""Mean, median, extremes, count and change of laboratory values over a window."""
