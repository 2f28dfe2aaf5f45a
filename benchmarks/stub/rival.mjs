// The rival: the reference TypeScript client, doing each job against the stub. Usage: see measure.mjs.
import { createClient } from "rivetkit/client";
import { job, microseconds, report, residentBytes, settings } from "./measure.mjs";

const actor = () => createClient({ endpoint: settings.endpoint, encoding: "bare" }).bench.getOrCreate(["bench"]);

// `target` is a handle (HTTP) or a connection (WebSocket).
async function actions(target, workers = 1) {
	return await microseconds(async () => {
		await target.echo(7);
		return 1;
	}, workers);
}

async function events() {
	const connection = actor().connect();
	let left = 0;
	let finished;
	connection.on("tick", () => {
		if (--left === 0) finished();
	});
	return await microseconds(async () => {
		left = settings.events;
		const all = new Promise((resolve) => {
			finished = resolve;
		});
		await Promise.all([all, connection.burst(settings.events)]);
		return settings.events;
	});
}

async function memory() {
	const handle = actor();
	await handle.echo(7);
	const open = async () => {
		const connection = handle.connect();
		await connection.echo(7);
		return connection;
	};
	const held = [await open()];
	const before = await residentBytes();
	for (let i = 0; i < settings.connections; i++) held.push(await open());
	return { memory_base: before, memory: ((await residentBytes()) - before) / settings.connections };
}

const jobs = {
	http_seq: async () => ({ http_seq: await actions(actor()) }),
	http_32: async () => ({ http_32: await actions(actor(), 32) }),
	ws_seq: async () => ({ ws_seq: await actions(actor().connect()) }),
	ws_64: async () => ({ ws_64: await actions(actor().connect(), 64) }),
	events_callback: async () => ({ events_callback: await events() }),
	// It has listeners only, so they also stand against the iterator.
	events_iterator: async () => ({ events_iterator: await events() }),
	first_call: async () => {
		await actor().echo(7);
		return {};
	},
	memory,
};

report(await jobs[job]());
process.exit(0);
