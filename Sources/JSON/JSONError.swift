/// How much of a JSON text is accepted before it is refused unread.
package struct JSONLimits: Sendable {
  /// The longest text, in bytes.
  package var bytes: Int

  /// The most values in a text, containers and their members counted. A value occupies up to 200
  /// bytes while it is read, however short its text, so this bounds the memory: a text of 64 MiB
  /// that consists of `{}` and commas would otherwise take 2.8 GB.
  package var values: Int

  /// How many arrays and objects may lie within each other; `[[]]` is 2. More than `deepest` counts
  /// as `deepest`.
  package var depth: Int

  /// The depth beyond which nothing is parsed or printed, whatever the limits say.
  ///
  /// With 512 levels, printing needs the most stack: less than 224 KiB, a thread's own needs
  /// included, which leaves more than half of the smallest stack in use (512 KiB, a secondary
  /// thread). libjansson's own limit for parsing, 2,048, does not fit there; for printing it has
  /// none.
  package static let deepest = 512

  /// The given limits.
  package init(bytes: Int = 64 << 20, depth: Int = 128, values: Int = 2_000_000) {
    self.bytes = bytes
    self.values = values
    self.depth = depth
  }
}

/// Why a JSON text or value was refused.
package struct JSONError: Error, Sendable, Equatable {
  package enum Kind: String, Sendable {
    /// Not JSON as RFC 8259 defines it; also half of a surrogate pair as `\u` escape.
    case syntax
    /// A second value, or anything else, after the first.
    case trailingContent
    /// More arrays and objects within each other than the limit.
    case tooDeep
    /// More bytes, or more values, than the limit.
    case tooLarge
    /// The same name twice in one object.
    case duplicateName
    /// An integer beyond 64 bits (signed), or another number beyond `Double`.
    case numberOutOfRange
    /// Bytes that are not UTF-8.
    case invalidUTF8
    /// `\u0000` in the name of a member: libjansson cannot hold it.
    case nulInName
    /// NaN or infinity in a value that was to be printed.
    case notFinite
  }

  /// What sort of fault it is, for callers that answer with a code.
  package let kind: Kind

  /// What is wrong, and what would be right, as one sentence without a full stop. It quotes the
  /// input with at most 40 characters, escaped to printable ASCII.
  package let problem: String

  /// Where the parser stopped, in bytes from the start of the text: at the fault or a little after.
  /// `nil` for a value that was to be printed.
  package let offset: Int?

  package init(_ kind: Kind, _ problem: String, offset: Int? = nil) {
    self.kind = kind
    self.problem = problem
    self.offset = offset
  }
}

extension JSONError: CustomStringConvertible {
  package var description: String {
    guard let offset else { return problem }
    return "\(problem) (byte \(offset))"
  }
}
