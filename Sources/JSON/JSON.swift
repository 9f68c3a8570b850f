// JSON: values, parsing, printing and Codable, over libjansson.
//
// Start at `JSONValue`: a JSON text that was read, as a Swift value which owns all it holds.
// Reading is `JSONValue.parse`, printing `serialized`; both go through `Jansson.swift`, the only
// file with pointers. `JSONCoder` turns values into Codable types and back. `JSONDocument` is for
// texts with so many members (headers of weight files) that copying all of them into Swift would be
// waste.
//
// This is not a schema, knows no JSON-RPC and does no I/O. Where a peer's text is refused, the
// error says what and where; nothing here traps on bytes that came from outside.
