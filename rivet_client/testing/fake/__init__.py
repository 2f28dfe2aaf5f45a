"""An engine with actors in Python: see `engine`. The other modules each know one part of it.

engine      what users see: the thread, the loop, the life of the whole
server      streams: sockets, and what is written to them
http        one HTTP/1.1 stream, without I/O
websocket   one WebSocket, without I/O
routes      what a request asks for
control     the control API
gateway     requests and WebSockets to actors
record      what was asked, and what came of it
faults      what a test has made to go wrong; `fault_methods` has the methods for that
contract    what a registry document says about actors; `fitting` says which values fit it
calls       where each call starts and ends
session     one connection to an actor
raw         what handlers of raw HTTP and raw WebSockets see
actors      actors, from creation to destruction
context     what the code of an actor sees
definition  what a class says about actors
failures    what goes wrong, and how a client is told
encoding    messages and values, in the three encodings
"""
