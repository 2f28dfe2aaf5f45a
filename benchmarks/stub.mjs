// A stub peer: answers the client protocol (bare encoding) from prepared bytes over bare sockets, so that
// what a benchmark measures is the client and never the peer.
//
//   node stub.mjs CERTIFICATE    listens on free ports of 127.0.0.1 and prints one JSON line with its two endpoints
//
// CERTIFICATE is a PEM file with a certificate for 127.0.0.1 and its key. To each line on its stdin it answers with
// one JSON line: the CPU that it used since the last one, in microseconds, and the operations that it served. It ends
// when its stdin ends.
//
// It knows actors with two actions: `echo(x)` returns x, and `burst(n)` sends n small "tick" events as fast as the
// socket takes them and then answers n. It accepts what the clients send and nothing odder: whole frames, client
// masks, content-length or chunked bodies. Anything else ends the connection with a message.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import net from "node:net";
import { createInterface } from "node:readline";
import tls from "node:tls";

const ACTOR_ID = "stubactor000000000000000000001";
const EVENT_CHUNK = 2000; // events per write
const ONE_ARG = 0x81; // the head of a CBOR array of one

let operations = 0; // served since the last question

// --- prepared bytes ----------------------------------------------------------------------------------

// A number as BARE's uint.
function uint(number) {
	const bytes = [];
	for (; number > 127; number = Math.floor(number / 128)) bytes.push((number % 128) | 0x80);
	return Buffer.from([...bytes, number]);
}

// [number, end] of the uint at `at`.
function readUint(buffer, at) {
	let number = 0;
	for (let scale = 1; ; scale *= 128) {
		const byte = buffer[at++];
		number += (byte & 0x7f) * scale;
		if (byte < 0x80) return [number, at];
	}
}

const str = (text) => Buffer.concat([Buffer.from([Buffer.byteLength(text)]), Buffer.from(text)]);
const message = (...parts) => Buffer.concat([Buffer.from([4, 0]), ...parts]);

function frameHead(size) {
	if (size < 126) return Buffer.from([0x82, size]);
	const head = Buffer.alloc(size < 65536 ? 4 : 10);
	head[0] = 0x82;
	head[1] = head.length === 4 ? 126 : 127;
	head.writeUIntBE(size, head.length === 4 ? 2 : 4, head.length === 4 ? 2 : 6);
	return head;
}

const frame = (payload) => Buffer.concat([frameHead(payload.length), payload]);
const INIT = frame(message(Buffer.from([0]), str(ACTOR_ID), str("00000000-0000-4000-8000-000000000001")));
// tick(1234, "hello"), as CBOR
const TICK_ARGS = Buffer.concat([Buffer.from([0x82, 0x19, 0x04, 0xd2, 0x65]), Buffer.from("hello")]);
const TICK = frame(message(Buffer.from([3]), str("tick"), Buffer.from([TICK_ARGS.length]), TICK_ARGS));
const TICKS = Buffer.concat(Array(EVENT_CHUNK).fill(TICK));

const httpReply = (type, body) =>
	Buffer.concat([
		Buffer.from(
			`HTTP/1.1 200 OK\r\ncontent-type: ${type}\r\nx-rivet-ray-id: 0123456789abcdef01234567890123\r\n` +
				`x-rivet-actor: ${ACTOR_ID}\r\nx-rivet-actor-generation: 1\r\nx-rivet-actor-key: bench\r\n` +
				`date: Thu, 01 Jan 2026 00:00:00 GMT\r\ncontent-length: ${body.length}\r\n\r\n`,
		),
		body,
	]);
const jsonReply = (value) => httpReply("application/json", Buffer.from(JSON.stringify(value)));

const METADATA = jsonReply({ runtime: "engine", version: "2.3.19" });
const actorRow = (name, key) => ({
	actor_id: ACTOR_ID,
	name,
	key,
	namespace_id: "stubnamespace00000000000000001",
	datacenter: "default",
	runner_name_selector: "default",
	crash_policy: "sleep",
	create_ts: 1767225600000,
	start_ts: 1767225600000,
	pending_allocation_ts: null,
	connectable_ts: 1767225600000,
	sleep_ts: null,
	reschedule_ts: null,
	destroy_ts: null,
});

const switching = (key) => {
	const accept = createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
	return Buffer.from(
		"HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n" +
			`sec-websocket-accept: ${accept}\r\nsec-websocket-protocol: rivet\r\n\r\n`,
	);
};

// Takes the mask off in place of whole words, as many of `payload` as there are.
function unmasked(payload, mask) {
	if (payload.length < 64) {
		for (let i = 0; i < payload.length; i++) payload[i] ^= mask[i & 3];
		return payload;
	}
	const words = new Uint32Array(Math.ceil(payload.length / 4));
	const bytes = Buffer.from(words.buffer, 0, payload.length);
	payload.copy(bytes);
	const word = new Uint32Array(Uint8Array.from(mask).buffer)[0];
	for (let i = 0; i < words.length; i++) words[i] ^= word;
	return bytes;
}

// ActionResponse is `04 00 02 | uint id | data output`.
const RESPONSE = message(Buffer.from([2]));

function actionResponse(id, value) {
	const length = uint(value.length);
	const head = frameHead(RESPONSE.length + id.length + length.length + value.length);
	return Buffer.concat([head, RESPONSE, id, length, value]);
}

// --- HTTP ----------------------------------------------------------------------------------------------

// The reply to one HTTP request. The body of an echo is `04 00 | uint length | 81 x`; its answer is the same
// without the array head.
let lastEcho = { body: Buffer.alloc(0), reply: Buffer.alloc(0) };

function answer(method, target, head, body) {
	if (method === "POST" && target.includes("/action/echo")) {
		operations++;
		if (lastEcho.body.equals(body)) return lastEcho.reply; // the same echo again: no work at all
		if (!/\r\nx-rivet-encoding: *bare\r\n/i.test(head)) throw new Error("only the bare encoding is spoken here");
		const [length, at] = readUint(body, 2);
		if (at + length !== body.length || body[at] !== ONE_ARG) throw new Error("echo takes one argument");
		const value = body.subarray(at + 1);
		const reply = httpReply("application/octet-stream", Buffer.concat([message(), uint(value.length), value]));
		lastEcho = { body: Buffer.from(body), reply };
		return reply;
	}
	if (target.startsWith("/metadata")) return METADATA;
	if (target.startsWith("/actors") && (method === "PUT" || method === "POST")) {
		const { name, key } = JSON.parse(body.toString());
		return jsonReply({ actor: actorRow(name, key ?? null), created: false });
	}
	if (target.startsWith("/actors") && method === "GET") {
		const query = new URLSearchParams(target.slice(target.indexOf("?") + 1));
		const actor = actorRow(query.get("name") ?? "bench", query.get("key") ?? "bench");
		return jsonReply({ actors: [actor], pagination: { cursor: null } });
	}
	throw new Error(`nothing here for ${method} ${target}`);
}

// [body, end] of a chunked body that starts at `at`; an end behind the buffer is where its next part ends.
function readChunked(buffer, at) {
	const parts = [];
	for (;;) {
		const lineEnd = buffer.indexOf("\r\n", at);
		if (lineEnd < 0) return [null, buffer.length + 1];
		const size = Number.parseInt(buffer.latin1Slice(at, lineEnd), 16);
		const next = lineEnd + 2 + size + 2;
		if (next > buffer.length) return [null, next];
		if (size === 0) return [parts.length === 1 ? parts[0] : Buffer.concat(parts), next];
		parts.push(buffer.subarray(lineEnd + 2, next - 2));
		at = next;
	}
}

// --- one socket ------------------------------------------------------------------------------------------

class Peer {
	#socket;
	#chunks = [];
	#size = 0; // of the chunks
	#needed = 1; // bytes until parsing makes sense again
	#parse = this.#parseHttp;
	#out = [];

	constructor(socket) {
		this.#socket = socket;
		socket.on("data", (data) => this.#receive(data));
		socket.on("error", () => {}); // a client that goes away is not our business
	}

	#receive(data) {
		this.#chunks.push(data);
		this.#size += data.length;
		if (this.#size < this.#needed) return;
		let buffer = this.#chunks.length === 1 ? data : Buffer.concat(this.#chunks);
		this.#needed = 1;
		try {
			while (buffer.length) {
				const end = this.#parse(buffer);
				if (end > buffer.length) {
					this.#needed = end;
					break;
				}
				buffer = buffer.subarray(end);
			}
		} catch (error) {
			console.error(`stub: ${error.message}`);
			this.#socket.destroy();
			return;
		}
		this.#chunks = [buffer];
		this.#size = buffer.length;
		if (this.#out.length) {
			// One write for everything that was asked in one read.
			this.#socket.write(this.#out.length === 1 ? this.#out[0] : Buffer.concat(this.#out));
			this.#out = [];
		}
	}

	// Both parsers return where the first message ends, or how many bytes they need to know more.
	#parseHttp(buffer) {
		const headEnd = buffer.indexOf("\r\n\r\n") + 4;
		if (headEnd < 4) return buffer.length + 1;
		const head = buffer.latin1Slice(0, headEnd - 2);
		const [method, target] = head.slice(0, head.indexOf("\r\n")).split(" ");
		const key = /\r\nsec-websocket-key: *(\S+)/i.exec(head);
		if (key) {
			this.#out.push(switching(key[1]), INIT);
			this.#parse = this.#parseFrame;
			return headEnd;
		}
		let body = Buffer.alloc(0);
		let end = headEnd;
		const length = /\r\ncontent-length: *(\d+)/i.exec(head);
		if (length) {
			end += Number(length[1]);
			body = buffer.subarray(headEnd, end);
		} else if (/\r\ntransfer-encoding: *chunked/i.test(head)) {
			[body, end] = readChunked(buffer, headEnd);
		}
		if (end <= buffer.length) this.#out.push(answer(method, target, head, body));
		return end;
	}

	#parseFrame(buffer) {
		if (buffer.length < 2) return 2;
		const short = buffer[1] & 0x7f;
		const maskAt = short < 126 ? 2 : short === 126 ? 4 : 10;
		const start = maskAt + 4;
		if (buffer.length < start) return start;
		const size = short < 126 ? short : short === 126 ? buffer.readUInt16BE(2) : buffer.readUIntBE(4, 6);
		const end = start + size;
		if (buffer.length < end) return end;
		const opcode = buffer[0] & 0x0f;
		if (!(buffer[0] & 0x80) || !(buffer[1] & 0x80)) throw new Error("only whole, masked frames");
		const payload = unmasked(buffer.subarray(start, end), buffer.subarray(maskAt, start));
		if (opcode === 2) this.#message(payload);
		else if (opcode === 9) this.#out.push(Buffer.concat([Buffer.from([0x8a, size]), payload]));
		else if (opcode === 8) {
			this.#socket.end(Buffer.concat([...this.#out, Buffer.from([0x88, size]), payload]));
			this.#out = [];
		} else if (opcode !== 10) throw new Error(`opcode ${opcode} is not spoken here`);
		return end;
	}

	// ActionRequest is `04 00 00 | uint id | str name | data args`; subscriptions (tag 1) need no answer.
	#message(payload) {
		if (payload[0] !== 4 || payload[1] !== 0) throw new Error("only bare messages of version 4");
		if (payload[2] !== 0) return;
		const [, idEnd] = readUint(payload, 3);
		const [nameLength, nameAt] = readUint(payload, idEnd);
		const [, argsAt] = readUint(payload, nameAt + nameLength);
		if (payload[argsAt] !== ONE_ARG) throw new Error("actions take exactly one argument");
		const response = actionResponse(payload.subarray(3, idEnd), payload.subarray(argsAt + 1));
		if (payload.latin1Slice(nameAt, nameAt + nameLength) === "burst") {
			this.#burst(readCborUint(payload, argsAt + 1), response);
		} else {
			operations++;
			this.#out.push(response);
		}
	}

	#burst(count, response) {
		operations += count;
		const socket = this.#socket;
		let left = count;
		const pump = () => {
			while (left > 0) {
				const now = Math.min(left, EVENT_CHUNK);
				left -= now;
				if (!socket.write(now === EVENT_CHUNK ? TICKS : TICKS.subarray(0, now * TICK.length)) && left > 0) {
					socket.once("drain", pump);
					return;
				}
			}
			socket.write(response);
		};
		pump();
	}
}

function readCborUint(buffer, at) {
	const head = buffer[at];
	if (head < 24) return head;
	if (head === 0x18) return buffer[at + 1];
	if (head === 0x19) return buffer.readUInt16BE(at + 1);
	if (head === 0x1a) return buffer.readUInt32BE(at + 1);
	throw new Error("burst takes one unsigned integer");
}

// --- start ------------------------------------------------------------------------------------------------

const listen = (server, scheme) =>
	new Promise((resolve) => {
		server.listen(0, "127.0.0.1", () => resolve(`${scheme}://127.0.0.1:${server.address().port}`));
	});

const accept = (socket) => new Peer(socket);
const pem = readFileSync(process.argv[2]);
const plain = await listen(net.createServer({ noDelay: true }, accept), "http");
const secure = await listen(tls.createServer({ noDelay: true, key: pem, cert: pem }, accept), "https");
let last = process.cpuUsage();
createInterface({ input: process.stdin })
	.on("line", () => {
		const { user, system } = process.cpuUsage(last);
		console.log(JSON.stringify({ cpu: user + system, operations }));
		last = process.cpuUsage();
		operations = 0;
	})
	.on("close", () => process.exit(0));
console.log(JSON.stringify({ plain, secure }));
