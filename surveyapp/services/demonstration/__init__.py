"""What `surveyapp demo` loads."""
