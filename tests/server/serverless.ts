// A registry as a web application serves it: it listens below /api/rivet, the engine asks it to start actors, and its
// metadata sends clients on to the engine (PROTOCOL.md 11.1). Ends with its standard input.

import { createServer } from "node:http";
import { Readable } from "node:stream";
import { actor, event, setup } from "rivetkit";

const [host, pool] = [process.env.TEST_HOST!, process.env.TEST_POOL!];

const serverless = actor({
  state: { count: 0 },
  events: { newCount: event<number>() },
  actions: {
    increment: (c, by: number = 1): number => {
      c.state.count += by;
      c.broadcast("newCount", c.state.count);
      return c.state.count;
    },
  },
});

const registry = setup({
  use: { serverless },
  configurePool: { name: pool, url: `http://${host}/api/rivet` },
  noWelcome: true,
});

// What clients ask for, so that a test can count.
const asked: string[] = [];

createServer(async (incoming, outgoing) => {
  if (incoming.url === "/asked") return void outgoing.end(JSON.stringify(asked));
  if (!incoming.headers["user-agent"]?.startsWith("RivetEngine/")) asked.push(`${incoming.method} ${incoming.url}`);
  const gone = new AbortController();
  outgoing.on("close", () => gone.abort());
  const response = await registry.handler(
    new Request(`http://${host}${incoming.url}`, {
      method: incoming.method,
      headers: Object.entries(incoming.headers).map(([name, value]) => [name, String(value)] as [string, string]),
      body: incoming.method === "GET" ? undefined : (Readable.toWeb(incoming) as ReadableStream),
      duplex: "half",
      signal: gone.signal,
    } as RequestInit),
  );
  outgoing.writeHead(response.status, Object.fromEntries(response.headers));
  if (response.body === null) return void outgoing.end();
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) outgoing.write(chunk);
  outgoing.end();
}).listen(Number(host.split(":")[1]), "127.0.0.1");

process.stdin.on("end", () => process.exit()).resume();
