// What every Node contestant shares: its arguments, the timed loops, the report. ../measure.py is the same in Python.
//
//   node --expose-gc CONTESTANT.mjs JOB '{"endpoint", "warmup", "rounds", "seconds", "events", …}'
//
// A contestant prints one JSON object, figure name to cost: microseconds per operation, or bytes.
import { setTimeout as sleep } from "node:timers/promises";

export const job = process.argv[2];
export const settings = JSON.parse(process.argv[3]);

export const report = (figures) => process.stdout.write(`${JSON.stringify(figures)}\n`);

// Microseconds per operation of `workers` concurrent loops over `once`, which resolves to how many operations
// it did. After a warm-up come several timed rounds; the best counts, because other programs only ever add to a time.
export async function microseconds(once, workers = 1) {
	const costs = [];
	for (const seconds of [settings.warmup, ...Array(settings.rounds).fill(settings.seconds)]) {
		const start = performance.now();
		const deadline = start + seconds * 1000;
		const loop = async () => {
			let count = 0;
			do count += await once();
			while (performance.now() < deadline);
			return count;
		};
		const done = await Promise.all(Array.from({ length: workers }, loop));
		costs.push(((performance.now() - start) * 1000) / done.reduce((a, b) => a + b));
	}
	return Math.min(...costs.slice(1));
}

// Resident memory of this process, after a collection.
export async function residentBytes() {
	for (let i = 0; i < 3; i++) {
		globalThis.gc();
		await sleep(50);
	}
	return process.memoryUsage.rss();
}
