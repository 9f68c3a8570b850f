/// A request of the daemon: its name, its parameters, its result, and where it stands in line.
package protocol RequestMessage: Sendable {
  associatedtype Params: Decodable & Sendable
  associatedtype Result: Encodable & Sendable

  /// The name on the wire.
  static var method: String { get }

  /// Which requests it may overtake.
  static var order: MethodOrder { get }

  /// The parameters in the order in which they come by position, required ones first.
  static var parameters: [ParameterName] { get }

  /// What happens to parameters that are not in `parameters`; refused if not said otherwise,
  /// because a misspelt option must not pass silently.
  static var unknownParameters: UnknownParameters { get }
}

extension RequestMessage {
  /// Refused.
  package static var unknownParameters: UnknownParameters { .refused }
}

/// Which requests a request may overtake, and which may overtake it (`x-order` in openrpc.json).
package enum MethodOrder: String, Sendable, CaseIterable {
  /// Earlier requests are answered before it starts, later ones wait until it is answered.
  case exclusive
  /// Answered in the order of arrival among the sequential ones.
  case sequential
  /// May overtake and be overtaken.
  case concurrent
}

/// The name of a parameter, and whether a request must have it.
package struct ParameterName: Sendable, Hashable {
  package let name: String
  package let isRequired: Bool

  /// A parameter that every request must have.
  package static func required(_ name: String) -> ParameterName {
    ParameterName(name: name, isRequired: true)
  }

  /// A parameter that may be absent or null.
  package static func optional(_ name: String) -> ParameterName {
    ParameterName(name: name, isRequired: false)
  }
}

/// What happens to parameters that a method does not know.
package enum UnknownParameters: Sendable {
  /// Answered with -32602, naming the parameter.
  case refused
  /// Passed over, as LSP demands for its own messages.
  case ignored
}
