// A stub peer: answers the client protocol (bare encoding) from prepared bytes over bare sockets, so that
// what a benchmark measures is the client and never the peer.
//
//   node stub.mjs [events]    listens on a free port of 127.0.0.1, prints one JSON line, ends when its stdin ends
//
// The line holds the endpoint and the scripts of the bare-socket floor; `events` is the size of a burst there.
//
// It knows one actor with two actions: `echo(x)` returns x, and `burst(n)` sends n small "tick" events as fast
// as the socket takes them and then answers n. It accepts what both clients send and nothing odder: whole
// frames, client masks, content-length or chunked bodies. Anything else ends the connection with a message.
import { createHash } from "node:crypto";
import net from "node:net";

const ACTOR_ID = "stubactor000000000000000000001";
const EVENT_CHUNK = 2000; // events per write

// --- prepared bytes ----------------------------------------------------------------------------------

const str = (text) => Buffer.concat([Buffer.from([Buffer.byteLength(text)]), Buffer.from(text)]);
const message = (...parts) => Buffer.concat([Buffer.from([4, 0]), ...parts]);
const frame = (payload) => Buffer.concat([Buffer.from([0x82, payload.length]), payload]); // payload < 126 bytes

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

// ActionResponse `04 00 02 | id | data output` to the ActionRequest in `payload`: its only argument comes back.
function actionResponse(payload, idEnd, argsAt) {
	const idLength = idEnd - 3;
	const outputLength = payload.length - argsAt - 1;
	const reply = Buffer.allocUnsafe(6 + idLength + outputLength);
	reply[0] = 0x82;
	reply[1] = reply.length - 2;
	reply[2] = 4;
	reply[3] = 0;
	reply[4] = 2;
	payload.copy(reply, 5, 3, idEnd);
	reply[5 + idLength] = outputLength;
	payload.copy(reply, 6 + idLength, argsAt + 1);
	return reply;
}

// --- HTTP ----------------------------------------------------------------------------------------------

// The reply to one HTTP request. The body of an echo is `04 00 | uint length | 81 x`; its answer is the same
// without the array head. Bodies stay below 128 bytes, so every length is one byte.
let lastEcho = { body: Buffer.alloc(0), reply: Buffer.alloc(0) };

function answer(method, target, head, body) {
	if (method === "POST" && target.includes("/action/echo")) {
		if (lastEcho.body.equals(body)) return lastEcho.reply; // the same echo again: no work at all
		if (!/\r\nx-rivet-encoding: *bare\r\n/i.test(head)) throw new Error("only the bare encoding is spoken here");
		if (body.length < 5 || body[2] !== body.length - 3 || body[3] !== 0x81) throw new Error("echo takes one small argument");
		const reply = httpReply(
			"application/octet-stream",
			Buffer.concat([Buffer.from([4, 0, body[2] - 1]), body.subarray(4)]),
		);
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

// [body, end] of a chunked body that starts at `start`, or null while it is incomplete.
function readChunked(buffer, start) {
	const parts = [];
	for (let at = start; ; ) {
		const lineEnd = buffer.indexOf("\r\n", at);
		if (lineEnd < 0) return null;
		const size = Number.parseInt(buffer.latin1Slice(at, lineEnd), 16);
		const next = lineEnd + 2 + size + 2;
		if (next > buffer.length) return null;
		if (size === 0) return [Buffer.concat(parts), next];
		parts.push(buffer.subarray(lineEnd + 2, next - 2));
		at = next;
	}
}

// --- one socket ------------------------------------------------------------------------------------------

class Peer {
	#socket;
	#pending = Buffer.alloc(0);
	#parse = this.#parseHttp;
	#out = [];

	constructor(socket) {
		this.#socket = socket;
		socket.on("data", (data) => this.#receive(data));
		socket.on("error", () => {}); // a client that goes away is not our business
	}

	#receive(data) {
		let buffer = this.#pending.length ? Buffer.concat([this.#pending, data]) : data;
		try {
			for (let used; buffer.length && (used = this.#parse(buffer)) > 0; ) buffer = buffer.subarray(used);
		} catch (error) {
			console.error(`stub: ${error.message}`);
			this.#socket.destroy();
			return;
		}
		this.#pending = buffer;
		if (this.#out.length) {
			// One write for everything that was asked in one read.
			this.#socket.write(this.#out.length === 1 ? this.#out[0] : Buffer.concat(this.#out));
			this.#out = [];
		}
	}

	// Both parsers return how many bytes they used, 0 while a message is incomplete.
	#parseHttp(buffer) {
		const headEnd = buffer.indexOf("\r\n\r\n");
		if (headEnd < 0) return 0;
		const head = buffer.latin1Slice(0, headEnd + 2);
		const [method, target] = head.slice(0, head.indexOf("\r\n")).split(" ");
		const key = /\r\nsec-websocket-key: *(\S+)/i.exec(head);
		if (key) {
			this.#upgrade(key[1]);
			return headEnd + 4;
		}
		let body = Buffer.alloc(0);
		let end = headEnd + 4;
		const length = /\r\ncontent-length: *(\d+)/i.exec(head);
		if (length) {
			end += Number(length[1]);
			if (end > buffer.length) return 0;
			body = buffer.subarray(headEnd + 4, end);
		} else if (/\r\ntransfer-encoding: *chunked/i.test(head)) {
			const read = readChunked(buffer, end);
			if (read === null) return 0;
			[body, end] = read;
		}
		this.#out.push(answer(method, target, head, body));
		return end;
	}

	#upgrade(key) {
		this.#out.push(switching(key), INIT);
		this.#parse = this.#parseFrame;
	}

	#parseFrame(buffer) {
		if (buffer.length < 6) return 0;
		const opcode = buffer[0] & 0x0f;
		const size = buffer[1] & 0x7f;
		const end = 6 + size;
		if (size > 125 || !(buffer[0] & 0x80) || !(buffer[1] & 0x80)) throw new Error("only whole, small, masked frames");
		if (buffer.length < end) return 0;
		const payload = buffer.subarray(6, end);
		for (let i = 0; i < size; i++) payload[i] ^= buffer[2 + (i & 3)];
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
		let at = 3;
		while (payload[at] & 0x80) at++;
		const idEnd = at + 1;
		const nameLength = payload[idEnd];
		const argsAt = idEnd + 1 + nameLength + 1;
		if (payload[argsAt] !== 0x81) throw new Error("actions take exactly one small argument");
		const isBurst = nameLength === 5 && payload[idEnd + 1] === 0x62; // "burst", against "echo"
		if (isBurst) this.#burst(readCborUint(payload, argsAt + 1), actionResponse(payload, idEnd, argsAt));
		else this.#out.push(actionResponse(payload, idEnd, argsAt));
	}

	#burst(count, response) {
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

// --- the scripts of the floor: what a bare socket sends, and how many bytes it gets back --------------------

const ONE_ARG = Buffer.from([0x81, 7]);
const masked = (payload) => Buffer.concat([Buffer.from([0x82, 0x80 | payload.length, 0, 0, 0, 0]), payload]);
const actionRequest = (name, args) => message(Buffer.from([0, 1]), str(name), Buffer.from([args.length]), args);

function floorScripts(events) {
	const body = Buffer.from([4, 0, ONE_ARG.length, ...ONE_ARG]);
	const head =
		`POST /gateway/${ACTOR_ID}/action/echo HTTP/1.1\r\nhost: stub\r\nx-rivet-encoding: bare\r\n` +
		`content-type: application/octet-stream\r\ncontent-length: ${body.length}\r\n`;
	const key = "AAAAAAAAAAAAAAAAAAAAAA==";
	const upgrade =
		"GET /gateway/bench/connect HTTP/1.1\r\nhost: stub\r\nconnection: upgrade\r\nupgrade: websocket\r\n" +
		`sec-websocket-version: 13\r\nsec-websocket-key: ${key}\r\n` +
		"sec-websocket-protocol: rivet, rivet_encoding.bare\r\n\r\n";
	const count = Buffer.from([0x81, 0x1a, 0, 0, 0, 0]);
	count.writeUInt32BE(events, 2);

	const script = (hello, helloReply, request, replySize) => ({
		hello: hello.toString("hex"),
		hello_reply_size: helloReply.length,
		request: request.toString("hex"),
		reply_size: replySize,
	});
	const socket = (name, args, eventBytes) => {
		const request = actionRequest(name, args);
		const response = actionResponse(request, 4, 4 + 1 + name.length + 1);
		const hello = Buffer.concat([switching(key), INIT]);
		return script(Buffer.from(upgrade), hello, masked(request), eventBytes + response.length);
	};
	const echo = Buffer.concat([Buffer.from(`${head}\r\n`), body]);
	return {
		http: script(Buffer.alloc(0), Buffer.alloc(0), echo, answer("POST", "/action/echo", `${head}`, body).length),
		ws: socket("echo", ONE_ARG, 0),
		events: socket("burst", count, events * TICK.length),
	};
}

const server = net.createServer({ noDelay: true }, (socket) => new Peer(socket));
server.listen(0, "127.0.0.1", () => {
	const endpoint = `http://127.0.0.1:${server.address().port}`;
	console.log(JSON.stringify({ endpoint, floor: floorScripts(Number(process.argv[2] ?? 100_000)) }));
});
process.stdin.on("end", () => process.exit(0)).resume();
