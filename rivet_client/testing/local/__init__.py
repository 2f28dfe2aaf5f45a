"""A real Rivet engine and an actor host on this machine, and the certainty that both end.

The engine is the one that npm has installed with the project's rivetkit, the host is the project's registry, run by
Node. Needs Linux or macOS.

- `engine`: `LocalEngine`, the whole of it
- `processes`: children with logs, and the guard that ends them whatever becomes of their owner
- `project`: what Node finds for a registry file: rivetkit, the engine, a way to run TypeScript
- `npm`: installing a project's packages
- `loopback`: free ports, and questions to the engine
- `settings`: the environment of engine and host
"""
