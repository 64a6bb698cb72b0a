"""Facts that a registration desk holds: age, phone, address, language."""
