"""The pages of residents, volunteers and the office, with their templates."""
