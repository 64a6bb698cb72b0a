"""What is asked of an agent and how it is graded: tasks, criteria, suites."""
