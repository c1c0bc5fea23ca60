"""The AWS half of the sandbox: translates the template, deploys it, drives its wiring."""
