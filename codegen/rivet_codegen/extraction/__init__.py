"""From a `registry.ts` to its registry document."""
