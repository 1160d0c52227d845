"""The central office: takes in what stations record, issues passes and orders, shows pages."""
