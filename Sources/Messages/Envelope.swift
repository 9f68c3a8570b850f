package import JSON

/// How our messages are written: JSON-RPC 2.0 objects, compact, on one line, in UTF-8.
///
/// The envelope is put around bytes that are JSON already, so that a large result is printed once
/// and never copied into another value.
package enum Envelope {
  /// `{"jsonrpc":"2.0","id":…,"result":…}` around a result that is printed already.
  /// Throws `.notFinite` only for an id that no parser can have read.
  package static func response(
    id: RequestID, printed result: [UInt8]
  ) throws(JSONError) -> [UInt8] {
    let id = try id.json.serialized()
    var bytes: [UInt8] = []
    bytes.reserveCapacity(40 + id.count + result.count)
    bytes.append(contentsOf: #"{"jsonrpc":"2.0","id":"#.utf8)
    bytes.append(contentsOf: id)
    bytes.append(contentsOf: #","result":"#.utf8)
    bytes.append(contentsOf: result)
    bytes.append(UInt8(ascii: "}"))
    return bytes
  }

  /// `{"jsonrpc":"2.0","id":…,"error":{"code","message"[,"data"]}}`.
  /// Throws `.notFinite` when the error's data holds such a number.
  package static func response(
    id: RequestID, error: ResponseError
  ) throws(JSONError) -> [UInt8] {
    let message: JSONValue = ["jsonrpc": "2.0", "id": id.json, "error": error.json]
    return try message.serialized()
  }

  /// `{"jsonrpc":"2.0","method":…,"params":…}`. Throws `.notFinite` when the parameters hold such
  /// a number.
  package static func notification(
    method: String, params: JSONValue
  ) throws(JSONError) -> [UInt8] {
    let message: JSONValue = ["jsonrpc": "2.0", "method": .string(method), "params": params]
    return try message.serialized()
  }

  /// One array around the responses to a batch, in the order given.
  package static func batch(_ responses: [[UInt8]]) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(responses.reduce(2 + responses.count) { $0 + $1.count })
    bytes.append(UInt8(ascii: "["))
    for (index, response) in responses.enumerated() {
      if index > 0 { bytes.append(UInt8(ascii: ",")) }
      bytes.append(contentsOf: response)
    }
    bytes.append(UInt8(ascii: "]"))
    return bytes
  }
}
