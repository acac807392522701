"""What happens to pipelines and their runs."""
