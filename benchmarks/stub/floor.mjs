// The floor of the rival: prepared bytes over bare Node sockets. Usage: see measure.mjs.
import net from "node:net";
import { job, microseconds, report, residentBytes, settings } from "./measure.mjs";

const { floor } = settings;
const hello = Buffer.from(floor.hello, "hex");

// Sends bytes and resolves when `size` bytes came back.
class Peer {
	constructor() {
		const { hostname, port } = new URL(settings.endpoint);
		this.socket = net.connect({ host: hostname, port: Number(port), noDelay: true });
		this.socket.on("data", (data) => {
			this.missing -= data.length;
			if (this.missing === 0) this.finished();
		});
	}

	send(bytes, size) {
		this.missing = size;
		return new Promise((resolve) => {
			this.finished = resolve;
			this.socket.write(bytes);
		});
	}
}

async function connect() {
	const peer = new Peer();
	if (floor.hello_reply_size) await peer.send(hello, floor.hello_reply_size);
	return peer;
}

async function timed() {
	const peers = await Promise.all(Array.from({ length: floor.connections }, connect));
	const request = Buffer.concat(Array(floor.window).fill(Buffer.from(floor.request, "hex")));
	const size = floor.reply_size * floor.window;
	return await microseconds(async () => {
		await Promise.all(peers.map((peer) => peer.send(request, size)));
		return floor.connections * floor.window * floor.operations;
	});
}

async function memory() {
	const held = [await connect()];
	const before = await residentBytes();
	for (let i = 0; i < settings.connections; i++) held.push(await connect());
	return { memory_base: before, memory: ((await residentBytes()) - before) / settings.connections };
}

if (job === "first_call") {
	await (await connect()).send(Buffer.from(floor.request, "hex"), floor.reply_size);
	report({});
} else if (job === "memory") report(await memory());
else report({ [job]: await timed() });
process.exit(0);
