package import JSON

/// The token by which a client knows which of its requests a progress report belongs to: a string
/// or an integer (LSP 3.17, "Progress support").
package struct ProgressToken: Sendable, Hashable {
  private let id: RequestID

  /// The token a JSON value stands for; `nil` unless it is a string or an integer.
  package init?(_ value: JSONValue) {
    guard value.string != nil || value.integer != nil, let id = RequestID(value) else { return nil }
    self.id = id
  }

  /// The token as it was sent.
  package var json: JSONValue { id.json }
}

extension ProgressToken: Codable {
  package init(from decoder: any Decoder) throws {
    id = try RequestID(from: decoder)
    switch id {
    case .string, .integer: break
    case .null, .number:
      let problem = "a progress token is a string or an integer"
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: problem))
    }
  }

  package func encode(to encoder: any Encoder) throws { try id.encode(to: encoder) }
}
