"""The ports in memory: held to the same contract tests as the adapters of AWS."""
