// The rival: the reference TypeScript client, doing a job. measure.py says how; here is the same in JavaScript.
//
//   node --expose-gc rival.mjs '{"kind", "endpoint", …}'
import { existsSync, readdirSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

const job = JSON.parse(process.argv[2]);
const { createClient } = await import(job.rivetkit);

const cpu = () => {
	const { user, system } = process.cpuUsage();
	return user + system;
};

// Resident memory of this process in KiB, when collections make it no smaller any more.
async function resident() {
	for (let last = Number.POSITIVE_INFINITY, times = 1; ; times++) {
		globalThis.gc();
		await sleep(50);
		const now = process.memoryUsage.rss() / 1024;
		if (times > 3 && now >= last) return now;
		last = now;
	}
}

async function timed(once, operations = 1) {
	const walls = [];
	const cpus = [];
	const before = await resident();
	for (const seconds of [job.warmup, ...Array(job.rounds).fill(job.seconds)]) {
		let done = 0;
		const cpuBefore = cpu();
		const start = performance.now();
		const deadline = start + seconds * 1000;
		const loop = async () => {
			do {
				await once();
				done++;
			} while (performance.now() < deadline);
		};
		await Promise.all(Array.from({ length: job.workers }, loop));
		walls.push(((performance.now() - start) * 1000) / (done * operations));
		cpus.push((cpu() - cpuBefore) / (done * operations));
	}
	const best = (costs) => Math.min(...costs.slice(1));
	return { wall: best(walls), cpu: best(cpus), peak: process.resourceUsage().maxRSS - before };
}

async function calls(handle) {
	const target = job.transport === "ws" ? handle.connect() : handle;
	const value = job.size ? "x".repeat(job.size) : job.value;
	return await timed(() => target.echo(value));
}

async function listener(handle) {
	const connection = handle.connect();
	let left = 0;
	let finished;
	connection.on("tick", () => {
		if (--left === 0) finished();
	});
	return await timed(async () => {
		left = job.events;
		const all = new Promise((resolve) => {
			finished = resolve;
		});
		await Promise.all([all, connection.burst(job.events)]);
	}, job.events);
}

async function start(handle) {
	await handle.echo(7);
	return { cpu: cpu() };
}

async function held() {
	const counted = { threads: "/proc/self/task", descriptors: "/proc/self/fd" };
	const figures = { memory: await resident() };
	for (const [name, folder] of Object.entries(counted)) if (existsSync(folder)) figures[name] = readdirSync(folder).length;
	return figures;
}

async function hold(handle) {
	const open = async () => {
		const connection = handle.connect();
		await connection.echo(7);
		return connection;
	};
	const connections = [];
	for (let i = 0; i < job.before; i++) connections.push(await open());
	const before = await held();
	const cpuBefore = cpu();
	const start = performance.now();
	for (let i = 0; i < job.connections; i++) connections.push(await open());
	const grown = { wall: (performance.now() - start) * 1000, cpu: cpu() - cpuBefore };
	for (const [name, figure] of Object.entries(await held())) grown[name] = figure - before[name];
	const each = Object.entries(grown).map(([name, figure]) => [name, figure / job.connections]);
	return { process: before.memory, ...Object.fromEntries(each) };
}

// It has listeners only, so they also stand against the iterator.
const kinds = { calls, listener, iterator: listener, start, hold };
const client = createClient({ endpoint: job.endpoint, encoding: "bare" });
const figures = await kinds[job.kind](client[job.actor].getOrCreate([job.key]));
process.stdout.write(`${JSON.stringify(figures)}\n`);
process.exit(0);
